# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD $GIT/app.git?nothing=1 /dst
