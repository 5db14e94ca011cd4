# test: context trees
# test: ignore one
FROM busybox
COPY one /x/
