# test: context trees
FROM busybox
RUN mkdir -p /x/to_file/d
COPY links /x
