# test: context ignoring
FROM busybox
COPY . /x
