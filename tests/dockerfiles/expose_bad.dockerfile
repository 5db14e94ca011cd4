FROM busybox
EXPOSE eighty
