# test: context trees
FROM busybox
ADD --unpack=false archives/a.tar /x/
