FROM busybox
RUN --mount=source=a.txt,target=/m/b cat /m/b > /x
