# test: context trees
# test: ignore *
# test: ignore !plain
# test: ignore !one/deep
FROM busybox
COPY . /x
