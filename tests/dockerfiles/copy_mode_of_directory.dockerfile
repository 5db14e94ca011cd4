# test: context trees
FROM busybox
COPY one/empty /x
COPY one/deep /y/
COPY one /z/
