# test: flag --build-context file=@SERVER@/plain --build-context tar=@SERVER@/archives/a.tgz
FROM busybox
COPY --from=file . /file/
COPY --from=tar --chown=0:0 top/file bare no /tar/
