FROM busybox
RUN <<A cat <<B > /b
ignored
A
hello
B
