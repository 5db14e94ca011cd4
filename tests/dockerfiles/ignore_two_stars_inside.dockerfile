# test: context trees
# test: ignore three/**/y.js
# test: ignore one/**/c.txt
FROM busybox
COPY . /x
