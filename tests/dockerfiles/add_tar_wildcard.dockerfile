# test: context trees
FROM busybox
ADD archives/a.t* /x/
