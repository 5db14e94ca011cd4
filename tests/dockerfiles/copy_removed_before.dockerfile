# test: context trees
FROM busybox
COPY one /x
RUN rm -r /x/deep /x/a.txt
COPY two /x
