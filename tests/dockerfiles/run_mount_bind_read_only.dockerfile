FROM busybox
RUN --mount=target=/m echo 1 > /m/a.txt
