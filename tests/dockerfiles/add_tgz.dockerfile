# test: context trees
FROM busybox
ADD archives/a.tgz /x/
