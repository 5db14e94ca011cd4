FROM busybox AS one
FROM ONE
