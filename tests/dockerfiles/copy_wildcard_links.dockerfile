# test: context trees
FROM busybox
COPY links/to_* /x/
