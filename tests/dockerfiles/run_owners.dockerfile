FROM busybox
RUN chown app:staff /data/one && chown -R web /data/sub && chown -h 5:6 /data/out && chgrp staff /usr/bin/suid
