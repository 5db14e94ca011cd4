FROM busybox
ENV A=${X:?unset}
