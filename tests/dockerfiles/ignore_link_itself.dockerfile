# test: context trees
# test: ignore link_to_plain
FROM busybox
COPY link_to_* /x/
