# test: context trees
FROM busybox
ADD archives/damaged.tgz /x/
