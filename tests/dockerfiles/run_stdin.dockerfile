FROM busybox
RUN cat > /stdin; wc -c < /stdin > /n; test -t 0 || echo no > /tty
