# test: context trees
FROM busybox
COPY --chown=nouser plain /a
