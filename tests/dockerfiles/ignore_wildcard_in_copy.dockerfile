# test: context trees
# test: ignore plain
FROM busybox
COPY p* /x/
