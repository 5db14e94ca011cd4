# test: arg HTTP_PROXY=http://127.0.0.1:9
FROM busybox
ARG HTTP_PROXY
LABEL p=$HTTP_PROXY
RUN echo "$HTTP_PROXY" > /x
