# test: context trees
FROM busybox
RUN mkdir /x /y && ln -s ../y /x/deep
COPY one /x
