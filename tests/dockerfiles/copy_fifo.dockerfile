# test: context trees
FROM busybox
COPY special /special
