FROM busybox
COPY --from=busybox /data /x
