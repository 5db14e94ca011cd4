# test: arg NOBODY=asks
FROM busybox
RUN true
