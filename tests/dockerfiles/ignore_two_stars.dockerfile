# test: context trees
# test: ignore **/node_modules
# test: ignore **/*.md
FROM busybox
COPY . /x
