FROM busybox
COPY --from=busybox / /all/
