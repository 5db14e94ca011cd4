FROM busybox
ONBUILD COPY --from=busybox /data/one /x
