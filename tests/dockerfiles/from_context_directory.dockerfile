# test: context trees
# test: flag --build-context other=../plain
FROM other
COPY plain /p
