FROM busybox
RUN echo 1 > /a && \
# in between
    echo 2 > /b
