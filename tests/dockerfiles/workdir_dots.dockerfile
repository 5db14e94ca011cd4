FROM busybox
WORKDIR /a/./b/../c/
RUN pwd > here
