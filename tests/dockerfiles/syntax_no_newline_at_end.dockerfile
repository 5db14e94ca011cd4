FROM busybox
RUN echo 1 > /a
CMD x
