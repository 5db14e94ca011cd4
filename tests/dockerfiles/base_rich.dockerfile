FROM rich
RUN id > /srv/id; pwd > /srv/pwd; env | sort | grep -v -e HOSTNAME -e SOURCE_DATE > /srv/env
