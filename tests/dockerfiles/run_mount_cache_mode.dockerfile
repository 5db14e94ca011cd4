FROM busybox
RUN --mount=type=cache,target=/c,mode=0777 ls -ld /c | cut -c1-10 > /x
