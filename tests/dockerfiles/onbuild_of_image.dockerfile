FROM trigger
RUN id > /tmp/id
