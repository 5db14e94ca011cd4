FROM busybox
RUN rm /etc/group /data/fifo && rm -r /replaced /data/sub
