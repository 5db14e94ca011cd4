# test: context trees
# test: ignore **
# test: ignore !**/*.txt
FROM busybox
COPY . /x
