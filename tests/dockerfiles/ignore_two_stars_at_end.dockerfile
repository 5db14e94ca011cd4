# test: context trees
# test: ignore one/**
# test: ignore !one/a.txt
FROM busybox
COPY . /x
