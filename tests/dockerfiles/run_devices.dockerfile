FROM busybox
RUN mknod /n c 1 3 && mknod /b b 7 0 && mkfifo -m 640 /f && mknod -m 600 /data/z c 1 5
