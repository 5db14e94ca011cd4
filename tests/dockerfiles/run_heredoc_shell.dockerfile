FROM busybox
SHELL ["/bin/sh", "-ec"]
RUN <<EOF
false || echo 1 > /x
echo $0 > /y
EOF
