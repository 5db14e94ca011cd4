FROM busybox
COPY --link=maybe a.txt /x
