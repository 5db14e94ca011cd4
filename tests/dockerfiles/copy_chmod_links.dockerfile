# test: context trees
FROM busybox
COPY --chmod=600 links /x
