FROM busybox
VOLUME /v /data
RUN mkdir -p /v && echo 1 > /v/x && echo 2 > /data/new
