# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD --exclude=*.txt --exclude=sub $GIT/app.git /dst
