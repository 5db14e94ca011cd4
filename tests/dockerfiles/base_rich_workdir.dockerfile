FROM rich
WORKDIR /
WORKDIR x
RUN pwd > /srv/pwd
