FROM busybox
COPY --chown= a.txt /x
