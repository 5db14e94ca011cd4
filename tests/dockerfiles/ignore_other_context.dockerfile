# test: context trees
# test: flag --build-context other=../ignoring
# test: ignore a.txt
FROM busybox
COPY --from=other . /x
