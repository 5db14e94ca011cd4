FROM busybox
USER app
RUN --mount=type=cache,target=/c,uid=1000,gid=50,mode=0750 touch /c/x && ls -ldn /c | awk "{ print \$1, \$3, \$4 }" > /tmp/x
