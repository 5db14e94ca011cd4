FROM trigger AS one
FROM one
RUN id > /tmp/id
