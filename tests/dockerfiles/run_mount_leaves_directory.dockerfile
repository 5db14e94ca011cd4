FROM busybox
RUN --mount=target=/new/dir/m true
RUN --mount=target=/data/sub/three,source=a.txt true
