FROM busybox
COPY --chmod=750 --chown=app:staff <<EOF /new/dir/x
#!/bin/sh
EOF
