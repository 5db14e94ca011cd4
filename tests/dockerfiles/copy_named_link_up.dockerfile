# test: context trees
FROM busybox
COPY links/up /x
