FROM busybox
COPY --from=busybox --exclude=sub --exclude=o* /data /x
