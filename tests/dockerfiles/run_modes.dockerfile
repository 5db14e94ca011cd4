FROM busybox
RUN chmod 4711 /data/one && chmod 1777 /data && chmod 000 /data/two && chmod g+s /srv
