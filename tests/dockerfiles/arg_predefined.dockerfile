# test: arg HTTP_PROXY=http://127.0.0.1:9
# test: arg no_proxy=here
FROM busybox
RUN echo "$HTTP_PROXY,$no_proxy" > /x; env | grep -i proxy | sort > /y
