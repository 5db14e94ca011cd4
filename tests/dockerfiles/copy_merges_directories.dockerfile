# test: context trees
FROM busybox
COPY one /x
COPY two /x
