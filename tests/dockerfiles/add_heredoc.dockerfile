FROM busybox
ADD <<EOF /x
hello
EOF
