# test: context trees
# test: ignore # plain
# test: ignore  suid
# test: ignore
# test: ignore 	all
# test: ignore #one
FROM busybox
COPY . /x
