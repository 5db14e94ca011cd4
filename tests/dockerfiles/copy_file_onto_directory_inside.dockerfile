# test: context trees
FROM busybox
RUN mkdir -p /x/plain/d
COPY plain /x/
