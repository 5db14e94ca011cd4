# test: context trees
FROM busybox
COPY plain *.nothing /x/
