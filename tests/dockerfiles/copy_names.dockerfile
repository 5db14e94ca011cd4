# test: context trees
FROM busybox
COPY names /names
COPY ["names/with blank", "/x y/"]
COPY names/\$dollar names/ünï /z/
