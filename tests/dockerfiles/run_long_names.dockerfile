FROM busybox
RUN d=/; for i in 1 2 3 4 5 6 7 8; do d=$d/$(printf "%060d" $i); done; mkdir -p $d && echo x > $d/$(printf "%0200d" 1) && ln -s $d /long
