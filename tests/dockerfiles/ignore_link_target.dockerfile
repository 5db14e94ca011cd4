# test: context trees
# test: ignore plain
FROM busybox
COPY link_to_plain /x
