# test: target three
FROM busybox AS one
