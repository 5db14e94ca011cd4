# test: context trees
FROM busybox
COPY --exclude=**/*.md --exclude=*/er one /x
