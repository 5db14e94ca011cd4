# test: context trees
# test: ignore [ps]*
# test: ignore !sticky
# test: ignore o?e/*.md
# test: ignore names/star\*
FROM busybox
COPY . /x
