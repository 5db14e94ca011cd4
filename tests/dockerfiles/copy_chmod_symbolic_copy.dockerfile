# test: context trees
FROM busybox
COPY --chmod=g=u,o=g all /x
COPY --chmod=o=u private /y
