FROM busybox
COPY --from=busybox /data/dangling /x
