FROM busybox
COPY --from=busybox /data/to_* /data/o* /x/
