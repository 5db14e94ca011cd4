FROM busybox
ARG A="x y" B='$HOME' C=a\ b
RUN echo "$A|$B|$C" > /x
LABEL a=$A b=$B c=$C
