FROM busybox
COPY *.txt /to/
