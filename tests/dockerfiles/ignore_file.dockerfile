# test: context trees
# test: ignore plain
# test: ignore one/a.txt
FROM busybox
COPY . /x
