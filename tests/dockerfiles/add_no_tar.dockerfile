# test: context trees
FROM busybox
ADD archives/text.tar archives/text.gz /x/
