FROM busybox
WORKDIR /lib/x
WORKDIR /data/to_sub/y
RUN pwd > here
