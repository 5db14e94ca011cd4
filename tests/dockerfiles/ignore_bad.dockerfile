# test: context trees
# test: ignore [a
FROM busybox
COPY . /x
