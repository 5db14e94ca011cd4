FROM busybox
ARG A=1
ENV B="two words"
COPY <<EOF /x
$A ${B} \$A ${C:-none} "$B" '$B' \\
EOF
COPY <<"EOF" /y
$A \$A \
EOF
