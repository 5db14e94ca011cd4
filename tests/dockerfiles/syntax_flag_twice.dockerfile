FROM busybox
COPY --chmod=600 --chmod=640 a.txt /x
