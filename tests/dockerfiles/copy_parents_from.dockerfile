# test: newer
# test: has /x/a/b/c/f file
# test: has /y/b/c/f file
# test: lacks /x/a/g
# test: lacks /y/g
# test: lacks /y/a
FROM busybox AS one
RUN mkdir -p /a/b/c && echo 1 > /a/b/c/f && echo 2 > /a/g
FROM busybox
COPY --parents --from=one /a/b/c/f /x/
COPY --parents --from=one /a/./b /y/
