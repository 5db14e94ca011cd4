# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD $GIT/app.git#main:nowhere /dst
