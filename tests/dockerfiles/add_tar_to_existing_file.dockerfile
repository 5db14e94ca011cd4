# test: context trees
FROM busybox
ADD archives/a.tar /data/two
