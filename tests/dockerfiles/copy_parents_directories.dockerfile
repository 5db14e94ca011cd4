# test: context trees
# test: newer
# test: has /x/one/deep/er/c.txt file 0644 0:0
# test: has /x/one/deep directory
# test: has /x/two/deep/e.txt file
# test: has /x/two/a.txt file
# test: lacks /x/one/a.txt
# test: lacks /x/one/deep/d.go
FROM busybox
COPY --parents one/deep/er/c.txt two /x/
