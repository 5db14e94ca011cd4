# test: context empty
FROM busybox
COPY . /x
