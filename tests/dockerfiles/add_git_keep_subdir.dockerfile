# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD --keep-git-dir=true $GIT/app.git#old:sub /dst
