FROM busybox
COPY a.txt --chmod=600 /x/
