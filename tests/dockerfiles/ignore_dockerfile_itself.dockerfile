# test: context trees
# test: ignore *
# test: ignore !plain
FROM busybox
COPY plain /x
