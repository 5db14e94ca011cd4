# test: context trees
FROM busybox
COPY noted /x
COPY --chown=app noted /y
