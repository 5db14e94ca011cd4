# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD --keep-git-dir=true --exclude=.git/* $GIT/app.git#old /dst
