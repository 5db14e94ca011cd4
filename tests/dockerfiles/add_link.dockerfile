# test: context trees
FROM busybox
ADD --link archives/a.tar /x/
