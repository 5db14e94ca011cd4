FROM busybox
COPY --from=busybox /bin/sh /sh
