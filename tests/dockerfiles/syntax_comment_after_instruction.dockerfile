FROM busybox
RUN echo 1 # no comment > /a
RUN echo 2 > /b # comment of the shell
