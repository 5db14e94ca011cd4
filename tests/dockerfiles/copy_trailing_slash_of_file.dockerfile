# test: context trees
FROM busybox
COPY plain/ /x
