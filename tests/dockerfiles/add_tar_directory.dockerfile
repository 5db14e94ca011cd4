# test: context trees
FROM busybox
ADD archives /x/
