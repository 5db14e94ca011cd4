# test: context trees
FROM busybox
WORKDIR /w/v
COPY plain ../../up/./x/../y
