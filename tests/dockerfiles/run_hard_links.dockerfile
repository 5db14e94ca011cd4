FROM busybox
RUN ln /data/one /data/again && echo 1 > /x && ln /x /y && mkdir /z && ln /x /z/x
RUN ln /x /w && echo 2 >> /data/two
