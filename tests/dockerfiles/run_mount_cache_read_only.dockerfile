FROM busybox
RUN --mount=type=cache,target=/c,id=never,ro echo 1 > /c/x
