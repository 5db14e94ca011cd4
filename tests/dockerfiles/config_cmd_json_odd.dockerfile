FROM busybox
CMD [ "a" , "b\u00e9\n" ]
ENTRYPOINT ["x",]
