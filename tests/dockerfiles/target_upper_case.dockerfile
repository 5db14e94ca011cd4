# test: target ONE
FROM busybox AS one
FROM busybox
