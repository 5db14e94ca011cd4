# test: context trees
FROM busybox
COPY */a.txt /x
