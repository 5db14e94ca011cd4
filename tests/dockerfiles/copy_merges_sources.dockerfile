# test: context trees
FROM busybox
COPY one two sticky /x/
