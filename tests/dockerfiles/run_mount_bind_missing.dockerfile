FROM busybox
RUN --mount=source=nothing,target=/m true
