# test: context trees
FROM busybox
COPY links /links
