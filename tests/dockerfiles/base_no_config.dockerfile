FROM no-config
RUN env | sort | grep -v HOSTNAME > /env; cat /etc/removed > /x
ENV PATH=$PATH:/more
