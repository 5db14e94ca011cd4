# test: context trees
FROM busybox
ADD --exclude=*.xz --exclude=no_* archives /x
