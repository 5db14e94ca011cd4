# test: context trees
# test: ignore one/*
# test: ignore !one/deep/er
FROM busybox
COPY . /x
