FROM busybox
COPY . /to
