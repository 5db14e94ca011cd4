FROM busybox
COPY a.txt <<EOF b.txt /x/
hello
EOF
