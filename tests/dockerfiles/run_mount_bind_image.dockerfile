FROM busybox
RUN --mount=from=busybox,target=/m,source=/data ls -ln /m | awk "{ print \$1, \$3, \$4, \$9 }" > /list
