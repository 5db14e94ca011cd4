# test: context trees
FROM busybox
COPY */a.txt /x/
COPY o*/d*/?.go /y/
