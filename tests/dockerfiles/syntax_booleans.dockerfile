FROM busybox
COPY --link=false a.txt /x
COPY --link=true a.txt /y
