# test: context trees
FROM busybox
COPY one /
