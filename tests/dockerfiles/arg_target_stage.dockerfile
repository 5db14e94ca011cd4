# test: target one
FROM busybox AS one
ARG TARGETSTAGE
RUN echo "$TARGETSTAGE" > /x
FROM busybox
