FROM busybox AS one
RUN echo 1 > /a
FROM busybox AS one
RUN echo 2 > /a
FROM one
