FROM busybox
RUN --network=some true
