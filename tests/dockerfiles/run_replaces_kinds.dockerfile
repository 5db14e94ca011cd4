FROM busybox
RUN rm /lib && mkdir /lib && rm -r /data/sub && ln -s /tmp /data/sub && rm /data/one && mkfifo /data/one
