FROM busybox
RUN <<-EOF
	echo a > /a
	EOF
