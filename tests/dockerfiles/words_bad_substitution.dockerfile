FROM busybox
ENV A=${}
