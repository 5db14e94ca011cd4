FROM busybox
SHELL []
RUN true
