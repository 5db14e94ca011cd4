FROM no-config
RUN env | sort | grep -v -e HOSTNAME -e SOURCE_DATE > /env; cat /etc/removed > /x
ENV PATH=$PATH:/more
