FROM busybox
RUN --mount=type=cache,trget=/x true
