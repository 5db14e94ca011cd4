# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD --chmod=700 --chown=app:staff $GIT/app.git /dst
