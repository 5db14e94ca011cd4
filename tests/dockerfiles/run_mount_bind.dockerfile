FROM busybox
RUN --mount=target=/src,source=dir cp /src/c.txt /c
