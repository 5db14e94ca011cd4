# test: context trees
FROM busybox
COPY --link one /data
COPY --link plain /data/
