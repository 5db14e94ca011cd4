FROM busybox
COPY --chown=1:2 dir /to
