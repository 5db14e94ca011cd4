# test: context trees
FROM busybox
COPY special/fifo /x
