FROM busybox
ARG X=1
ENV Y=2 Z="a b"
RUN env | sort | grep -v -e HOSTNAME -e SOURCE_DATE > /env
