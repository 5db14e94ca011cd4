FROM busybox
COPY --from=busybox /data/*.nothing /x/
