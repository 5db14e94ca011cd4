# test: context trees
# test: ignore one/a.txt
FROM busybox
RUN --mount=target=/m ls -A /m /m/one > /list
