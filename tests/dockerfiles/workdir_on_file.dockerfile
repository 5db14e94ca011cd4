FROM busybox
WORKDIR /data/two
