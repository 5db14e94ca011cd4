# test: context trees
FROM busybox
COPY --chown=app:nogroup plain /a
