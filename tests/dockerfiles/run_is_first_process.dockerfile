FROM busybox
RUN echo $$ > /pid
