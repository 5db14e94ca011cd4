FROM busybox
COPY a.txt /copied
