FROM busybox AS busybox
RUN echo 1 > /a
FROM busybox
RUN echo 2 > /b
