exec httpd -f -p "$PORT"
