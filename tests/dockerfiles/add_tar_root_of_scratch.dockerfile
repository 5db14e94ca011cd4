# test: context trees
FROM scratch
ADD archives/a.tar /
