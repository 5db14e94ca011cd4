# test: newer
# test: has /to/sub/d.txt file 0644 0:0
# test: has /to/sub directory 0755 0:0
# test: lacks /to/dir
FROM busybox
COPY --parents dir/./sub/d.txt /to/
