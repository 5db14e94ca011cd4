FROM busybox
ARG A=1
ENV B=2
RUN <<EOF cat > /x
$A ${B} \$A `echo c`
EOF
RUN <<"EOF" cat > /y
$A ${B}
EOF
