# test: context trees
FROM busybox
COPY --chown=:staff plain /a
