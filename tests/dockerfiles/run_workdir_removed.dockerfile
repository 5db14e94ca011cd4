FROM busybox
WORKDIR /w
RUN rmdir /w
RUN pwd > /x
