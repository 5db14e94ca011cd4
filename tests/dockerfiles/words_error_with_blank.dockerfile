FROM busybox
ENV A=${X:?must be set}
