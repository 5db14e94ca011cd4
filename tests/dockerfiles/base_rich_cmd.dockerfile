FROM rich
CMD x y
