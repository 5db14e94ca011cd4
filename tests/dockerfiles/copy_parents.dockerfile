FROM busybox
COPY --parents dir/./sub/d.txt /to/
