# test: arg A=
# test: arg B=
FROM busybox
ARG A=default
ARG B
RUN echo "[$A][${B-unset}]" > /x
