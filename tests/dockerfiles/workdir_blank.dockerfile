FROM busybox
WORKDIR /with blank/x
RUN pwd > here
