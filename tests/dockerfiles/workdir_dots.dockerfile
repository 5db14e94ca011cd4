FROM busybox
WORKDIR /a/./b//c/
WORKDIR ../d/./
RUN pwd > here
