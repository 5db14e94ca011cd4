# test: context trees
FROM busybox
COPY links/out /x
