FROM busybox
RUN echo 1 > /x && ln /x /y && mkdir /z && ln /x /z/x
RUN echo 2 >> /data/two
