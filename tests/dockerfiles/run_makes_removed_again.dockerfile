FROM busybox
RUN rm -r /data/sub
RUN mkdir /data/sub && echo x > /data/sub/x
