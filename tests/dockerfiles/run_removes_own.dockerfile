FROM busybox
RUN mkdir -p /a/b/c && echo 1 > /a/b/c/f
RUN rm -r /a/b
RUN echo 2 > /a/b
