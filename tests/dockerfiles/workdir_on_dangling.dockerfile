FROM busybox
WORKDIR /data/dangling
