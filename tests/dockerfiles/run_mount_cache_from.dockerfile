FROM busybox
RUN --mount=type=cache,from=busybox,source=/data,target=/c,id=seeded cat /c/one > /x && echo 2 > /c/one && ls /c > /list
