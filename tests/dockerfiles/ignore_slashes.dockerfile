# test: context trees
# test: ignore /one/a.txt
# test: ignore ./two/a.txt
# test: ignore three/../all
# test: ignore /
FROM busybox
COPY . /x
