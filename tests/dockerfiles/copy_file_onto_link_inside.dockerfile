# test: context trees
FROM busybox
RUN mkdir /x && echo kept > /kept && ln -s /kept /x/a.txt
COPY one /x
