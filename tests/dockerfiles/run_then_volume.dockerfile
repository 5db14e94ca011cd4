FROM busybox
RUN mkdir /v && echo 1 > /v/x
VOLUME ["/v"]
RUN echo 2 > /v/y
COPY a.txt /v/
