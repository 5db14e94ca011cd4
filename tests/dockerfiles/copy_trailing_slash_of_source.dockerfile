# test: context trees
FROM busybox
COPY one/ /x
COPY one/deep/ /x/
