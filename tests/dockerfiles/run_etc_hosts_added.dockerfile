FROM busybox
RUN echo "1.2.3.4 name" >> /etc/hosts && echo mine > /etc/mine
