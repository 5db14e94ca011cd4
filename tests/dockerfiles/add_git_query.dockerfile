# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD $GIT/app.git?branch=old&subdir=sub /dst
ADD $GIT/app.git?tag=v1&submodules=false /tag
