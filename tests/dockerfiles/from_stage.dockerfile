FROM busybox AS one
RUN echo 1 > /one
FROM one
RUN echo 2 > /two
