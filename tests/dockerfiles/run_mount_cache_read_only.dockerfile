FROM busybox
RUN --mount=type=cache,target=/c,ro echo 1 > /c/x
