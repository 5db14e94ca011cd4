FROM busybox
COPY --link --chmod=755 <<EOF /x
hello
EOF
