FROM busybox
WORKDIR /a/b/c
WORKDIR d
WORKDIR ../e
RUN pwd > here
