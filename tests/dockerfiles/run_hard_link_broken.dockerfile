FROM busybox
RUN echo 1 > /x && ln /x /y
RUN rm /x && echo 2 > /x
