# test: context trees
FROM busybox
COPY names/br\[a\]cket /x/
COPY ["names/star\\*", "/y/"]
