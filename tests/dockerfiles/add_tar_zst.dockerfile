# test: context trees
FROM busybox
ADD archives/a.tar.zst /x/
