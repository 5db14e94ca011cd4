# test: context trees
# test: newer
# test: has /x/one/a.txt file
# test: has /x/two/a.txt file
# test: lacks /x/one/b.md
# test: lacks /x/one/deep
FROM busybox
COPY --parents --exclude=**/*.md --exclude=one/deep one two/a.txt /x/
