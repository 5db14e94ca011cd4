# test: target 0
FROM busybox
RUN echo 0 > /a
FROM busybox
RUN echo 1 > /a
