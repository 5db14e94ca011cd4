FROM busybox
WORKDIR /data/sub/y
