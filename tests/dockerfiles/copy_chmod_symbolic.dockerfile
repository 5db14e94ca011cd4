FROM busybox
COPY --chmod=u+x,go-r a.txt /a
