FROM busybox
COPY <<dir/EOF /x/
hello
dir/EOF
