FROM busybox
RUN <<EOF
#!/bin/sh
echo "$0" > /a
EOF
