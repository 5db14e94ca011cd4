FROM busybox
RUN echo a \
  b \
  # c
  \
  d > /x
