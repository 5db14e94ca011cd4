FROM busybox
RUN --mount=type=cache,target=/cache,id=c,sharing=locked,mode=0700,uid=1,gid=2 touch /cache/x
