# test: context trees
FROM busybox
COPY plain /x/deep
COPY one /x
