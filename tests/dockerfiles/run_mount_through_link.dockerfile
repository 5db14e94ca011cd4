FROM busybox
RUN --mount=target=/lib/m ls /usr/lib/m > /list
