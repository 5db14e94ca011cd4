FROM busybox
RUN --mount=type=tmpfs,target=/t,size=1m touch /t/x
