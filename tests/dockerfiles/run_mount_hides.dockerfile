FROM busybox
RUN --mount=target=/data ls /data > /list
