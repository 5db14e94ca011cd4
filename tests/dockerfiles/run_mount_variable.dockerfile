FROM busybox
ARG DIR=/cache
RUN --mount=type=cache,target=$DIR touch $DIR/x
