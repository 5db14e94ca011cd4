# test: context trees
# test: ignore one
# test: ignore !one/deep/d.go
FROM busybox
COPY . /x
