FROM busybox
COPY ["with space.txt", "/to/"]
