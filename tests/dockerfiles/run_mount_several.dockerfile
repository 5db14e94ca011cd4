FROM busybox
RUN --mount=type=tmpfs,target=/t --mount=type=cache,target=/t/c --mount=target=/t/m,source=dir sh -c "ls /t /t/m > /list"
