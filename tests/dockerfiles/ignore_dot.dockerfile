# test: context trees
# test: ignore .
FROM busybox
COPY . /x
