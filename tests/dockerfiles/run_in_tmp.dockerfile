FROM busybox
RUN echo 1 > /tmp/a && mkdir -p /tmp/b /run/c && echo 2 > /var/run/d && echo 3 > /home/e
