FROM busybox
RUN ln -s a /l && ln -s /abs/olute /m && ln -sfn one /data/out && ln -s "with blank" /n
