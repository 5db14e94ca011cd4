# test: context trees
FROM busybox
COPY links/loop /x
