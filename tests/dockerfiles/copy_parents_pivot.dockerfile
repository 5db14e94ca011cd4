# test: context trees
# test: newer
# test: has /x/deep/er/c.txt file
# test: has /x/two/a.txt file
# test: has /x/src/index.js file
# test: lacks /x/one
# test: lacks /x/three
FROM busybox
COPY --parents one/./deep/er/c.txt ./two/a.txt three/./*/index.js /x/
