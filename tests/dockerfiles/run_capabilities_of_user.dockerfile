FROM busybox
USER app
RUN grep -E "^(Cap|NoNewPrivs)" /proc/self/status > /tmp/caps
