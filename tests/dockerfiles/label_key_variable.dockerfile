FROM busybox
ENV K=key
LABEL $K=$K "${K} b"=c
