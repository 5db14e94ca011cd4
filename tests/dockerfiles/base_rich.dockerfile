FROM rich
RUN id > /srv/id; pwd > /srv/pwd; env | sort | grep -v HOSTNAME > /srv/env
