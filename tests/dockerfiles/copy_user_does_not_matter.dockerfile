# test: context trees
FROM busybox
USER app
COPY plain /x
COPY one /y
