# test: context trees
FROM busybox
COPY link_to_one /x
COPY link_to_one/deep /y
