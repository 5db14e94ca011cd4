FROM busybox
SHELL ["/bin/sh", "-ec"]
RUN echo a > /a
CMD echo b
