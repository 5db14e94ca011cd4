# test: context trees
FROM busybox
COPY [a /x/
