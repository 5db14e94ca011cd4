FROM busybox
RUN --mount=type=tmpfs,target=/data ls -A /data > /list && echo 1 > /data/x
RUN --mount=type=tmpfs,target=/tmp echo > /tmp/x
