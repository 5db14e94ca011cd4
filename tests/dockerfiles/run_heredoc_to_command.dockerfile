FROM busybox
ENV A=1
RUN cat <<EOF > /a && cat <<'EOT' > /b
$A
EOF
$A
EOT
