FROM busybox
ENV PATH=$NOTHING:/bin
RUN echo $PATH > /x
