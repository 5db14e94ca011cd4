FROM busybox
RUN echo 1 > /dev/shm/x; mkdir /dev/x; ls /dev/null
