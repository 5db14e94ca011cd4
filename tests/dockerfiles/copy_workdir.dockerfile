FROM busybox
WORKDIR /w
COPY a.txt .
COPY b.txt c
