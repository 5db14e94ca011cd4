FROM busybox
LABEL description="a \
b"
