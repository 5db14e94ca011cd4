# test: context trees
FROM busybox
COPY --link plain /data/one
RUN echo more >> /data/one
