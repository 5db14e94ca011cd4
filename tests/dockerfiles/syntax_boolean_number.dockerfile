FROM busybox
COPY --link=1 a.txt /z
