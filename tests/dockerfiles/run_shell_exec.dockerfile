FROM busybox
SHELL ["/bin/busybox", "sh", "-c"]
RUN echo "$0" > /x
SHELL ["/bin/sh", "-xec"]
RUN echo 1 > /y
