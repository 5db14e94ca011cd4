FROM rich
ENTRYPOINT ["x"]
CMD ["y"]
