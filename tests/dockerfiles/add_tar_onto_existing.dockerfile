# test: context trees
FROM busybox
RUN mkdir -p /x/top && chmod 711 /x /x/top && echo old > /x/top/file && ln -s /data/two /x/bare
ADD archives/a.tar /x/
