FROM busybox
COPY dir /to
