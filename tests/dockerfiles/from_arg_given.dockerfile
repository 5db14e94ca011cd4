# test: arg TAG=1.35
ARG TAG=latest
FROM busybox:${TAG}
