FROM busybox
ENV F=a.txt
ARG TO=/to
COPY $F $TO/
