FROM busybox
RUN <<EOF
false
echo 1 > /x
EOF
