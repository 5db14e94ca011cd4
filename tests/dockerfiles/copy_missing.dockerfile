# test: context trees
FROM busybox
COPY nothing /x
