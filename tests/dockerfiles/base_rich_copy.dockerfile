FROM rich
COPY a.txt .
COPY --chown=app a.txt x/
