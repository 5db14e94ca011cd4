FROM "busybox"
