FROM busybox
WORKDIR /data
WORKDIR /root
WORKDIR /tmp
