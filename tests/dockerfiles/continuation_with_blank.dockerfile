FROM busybox
RUN echo 1 > /a && \

    echo 2 > /b
