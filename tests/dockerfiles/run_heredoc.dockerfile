FROM busybox
RUN <<EOF
echo a > /a
echo b > /b
EOF
