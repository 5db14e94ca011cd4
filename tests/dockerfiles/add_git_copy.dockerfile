# test: arg GIT=@GIT@
FROM rich
ARG GIT
COPY $GIT/app.git /dst
