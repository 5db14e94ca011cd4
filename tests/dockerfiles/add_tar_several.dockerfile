# test: context trees
FROM busybox
ADD archives/a.tar archives/text.tar plain /x/
