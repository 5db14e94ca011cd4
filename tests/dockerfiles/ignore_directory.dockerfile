# test: context trees
# test: ignore one
# test: ignore two/
FROM busybox
COPY . /x
