FROM busybox
ENV A b=c d
ENV E  two  blanks 
