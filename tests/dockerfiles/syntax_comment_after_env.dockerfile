FROM busybox
ENV A=1 # what
