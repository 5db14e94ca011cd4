# test: context trees
FROM busybox
COPY --chown=app:app one /x/y
COPY --chown=web one /data
