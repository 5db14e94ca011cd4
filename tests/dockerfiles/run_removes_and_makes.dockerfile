FROM busybox
RUN rm -r /replaced && mkdir /replaced && echo x > /replaced/x
RUN rm -r /data && echo > /data
