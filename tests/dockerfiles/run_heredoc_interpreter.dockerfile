FROM busybox
RUN sh -e <<EOF
echo "$0 $#" > /x
EOF
RUN cat <<EOF | sed s/a/b/ > /y
aaa
EOF
