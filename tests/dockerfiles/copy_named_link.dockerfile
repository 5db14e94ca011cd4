# test: context trees
FROM busybox
COPY link_to_plain /x
COPY links/to_file links/to_link /y/
