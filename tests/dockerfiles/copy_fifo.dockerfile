# test: context special
FROM busybox
COPY directory /x
