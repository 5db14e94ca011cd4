# test: context trees
FROM busybox
COPY --chmod=751 one /x
COPY --chmod=4755 sticky /y/
