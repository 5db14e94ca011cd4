# test: flag --build-context repo=@GIT@/app.git#old
FROM repo
COPY a.txt /other
