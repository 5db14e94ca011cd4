# test: context trees
FROM busybox
ADD archives/no_suffix /x/
