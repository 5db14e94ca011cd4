# test: context trees
FROM busybox
COPY . /x
