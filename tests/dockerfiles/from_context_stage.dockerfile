# test: flag --build-context one=docker-image://@REGISTRY@/rich:latest
FROM busybox AS one
RUN exit 1
FROM one
RUN echo 1 > /srv/a
