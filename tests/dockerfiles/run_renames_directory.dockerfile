FROM busybox
RUN mv /data /moved && mv /replaced/new /replaced/newer
