# test: context trees
FROM busybox
COPY plain /data/one
