FROM busybox
COPY --from=busybox /data/one /usr/bin/suid /usr/bin/ping /x/
COPY --from=busybox /data/null /n
COPY --from=busybox /data/fifo /f
