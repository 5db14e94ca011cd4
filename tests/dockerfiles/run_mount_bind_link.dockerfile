# test: context trees
FROM busybox
RUN --mount=source=link_to_one,target=/m ls /m > /list
