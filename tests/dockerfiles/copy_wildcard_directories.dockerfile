# test: context trees
FROM busybox
COPY t* /x/
