FROM busybox
WORKDIR C:\\x
