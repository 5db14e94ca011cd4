FROM scratch
COPY --from=busybox /bin/busybox /busybox
RUN ["/busybox", "touch", "/x"]
RUN ["/busybox", "mkdir", "-p", "/tmp", "/etc"]
