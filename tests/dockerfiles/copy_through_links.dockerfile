# test: context trees
FROM busybox
COPY plain /var/run/new/dir/
COPY plain /data/to_sub/x
