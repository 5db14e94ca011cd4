FROM busybox
RUN --mount=target=/m,rw echo 1 > /m/a.txt && cat /m/a.txt > /x
RUN --mount=target=/m cat /m/a.txt > /y
