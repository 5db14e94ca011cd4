# test: context trees
FROM busybox
COPY one/empty /data
COPY sticky /root
