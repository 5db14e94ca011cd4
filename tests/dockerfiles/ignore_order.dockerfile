# test: context trees
# test: ignore !plain
# test: ignore plain
# test: ignore suid
# test: ignore !suid
# test: ignore suid
FROM busybox
COPY . /x
