# test: context trees
# test: ignore names/with blank
# test: ignore names/ünï
# test: ignore names/.h*
FROM busybox
COPY . /x
