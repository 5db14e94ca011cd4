FROM busybox:1.35
