FROM busybox AS unused
RUN exit 1
FROM busybox
RUN true
