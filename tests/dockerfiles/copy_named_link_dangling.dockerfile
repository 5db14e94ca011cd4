# test: context trees
FROM busybox
COPY links/dangling /x
