# BuildKit says that this is an invalid argument; archives and files as the only context it takes.
# test: flag --build-context file=@SERVER@/plain --build-context tar=@SERVER@/archives/a.tgz
# test: newer
# test: has /file/context file 0600 0:0
# test: has /tar/file file 0640 0:0
# test: has /tar/bare file 0644 0:0
# test: has /tar/no/parents/here file 0644 0:0
FROM busybox
COPY --from=file . /file/
COPY --from=tar top/file bare /tar/
COPY --from=tar no /tar/no
