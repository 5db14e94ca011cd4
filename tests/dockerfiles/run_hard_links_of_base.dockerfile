FROM busybox
RUN ln /data/one /data/again && echo 1 > /x && ln /x /y
RUN ln /x /z
