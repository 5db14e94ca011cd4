# test: flag --build-context other=../plain
FROM busybox AS other
RUN exit 1
FROM busybox
COPY --from=other a.txt /x
