FROM busybox
RUN ["/bin/sh", "-c", "echo $HOME > /a"]
