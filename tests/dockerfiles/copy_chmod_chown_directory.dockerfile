# test: context trees
FROM busybox
COPY --chmod=770 --chown=app:www one /data
