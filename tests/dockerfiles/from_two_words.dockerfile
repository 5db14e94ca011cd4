FROM busybox one
