# test: context trees
FROM busybox
COPY archives/a.tar /x/
