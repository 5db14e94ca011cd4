FROM busybox
RUN --mount=type=cache,target=/c echo 1 >> /c/x
RUN --mount=type=cache,target=/c cat /c/x > /y && ls -ld /c | cut -c1-10 > /mode
