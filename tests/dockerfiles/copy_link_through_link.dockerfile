# test: context trees
FROM busybox
COPY --link one /lib/
