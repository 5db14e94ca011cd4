FROM busybox
ENV PATH=/data/bin:/bin
RUN ["touch", "/x"]
RUN ["sh", "-c", "echo $0 > /y", "a b"]
