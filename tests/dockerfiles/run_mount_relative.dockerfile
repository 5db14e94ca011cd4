FROM busybox
WORKDIR /w
RUN --mount=target=m ls m > list
