# test: context trees
# test: ignore one/deep
# test: ignore !one
FROM busybox
COPY . /x
