FROM busybox
ENV A=1
COPY <<a <<'b' /to/
$A "x"
a
$A
b
