FROM busybox
COPY <<EOF /x
hello
EOF
COPY <<-EOF /y/
	tabs
		more
	EOF
