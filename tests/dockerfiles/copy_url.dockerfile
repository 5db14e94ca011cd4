FROM busybox
COPY http://localhost/x /x
