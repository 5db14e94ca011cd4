# test: context trees
# test: newer
# test: has /x/one/a.txt file
# test: has /x/two/a.txt file
# test: has /y/one/deep/d.go file
# test: lacks /x/plain
# test: lacks /y/one/a.txt
FROM busybox
COPY --parents */a.txt /x/
COPY --parents **/*.go /y/
