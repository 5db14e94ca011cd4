# test: context trees
FROM busybox
COPY link*/deep /x/
