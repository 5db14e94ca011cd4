FROM rich
