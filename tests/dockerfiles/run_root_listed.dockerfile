FROM busybox
RUN ls -A / > /list; ls -A /dev | grep -v -e console > /list2
