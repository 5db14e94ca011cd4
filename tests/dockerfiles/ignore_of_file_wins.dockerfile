# test: context ignoring
# test: ignore b.txt
FROM busybox
COPY . /x
