FROM busybox${SUFFIX}
