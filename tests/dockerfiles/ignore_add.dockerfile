# test: context trees
# test: ignore archives/a.tar
FROM busybox
ADD archives/a.t* /x/
