FROM busybox
COPY --exclude=*.txt --exclude=dir . /to/
