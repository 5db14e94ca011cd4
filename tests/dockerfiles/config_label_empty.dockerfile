FROM busybox
LABEL a= b=""
LABEL ""=c
