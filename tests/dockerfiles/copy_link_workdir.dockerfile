FROM busybox
WORKDIR /w
COPY --link a.txt b.txt ./
COPY --link a.txt sub/x
