# test: context trees
FROM busybox
RUN --mount=target=/m ls -ln /m | awk "{ print \$1, \$3, \$4, \$9 }" > /list
