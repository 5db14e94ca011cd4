# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD --link $GIT/app.git /dst
