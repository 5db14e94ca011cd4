FROM busybox
RUN [1, 2]
