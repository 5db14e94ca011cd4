FROM busybox AS one
WORKDIR /w
FROM one
WORKDIR x
RUN pwd > /pwd
