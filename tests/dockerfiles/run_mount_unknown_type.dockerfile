FROM busybox
RUN --mount=type=bnd,target=/x true
