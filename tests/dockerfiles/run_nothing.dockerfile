FROM busybox
RUN true
RUN touch /data/one
RUN echo x > /x && rm /x
