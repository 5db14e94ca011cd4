# test: flag --build-context other=../plain
FROM busybox
COPY --from=other a.txt /x
COPY --from=other dir /y
