# test: target one
FROM busybox AS one
RUN echo 1 > /one
FROM busybox AS two
RUN echo 2 > /two
