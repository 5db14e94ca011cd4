FROM busybox
RUN --mount=target=/new/dir/m echo 1 > /new/x
