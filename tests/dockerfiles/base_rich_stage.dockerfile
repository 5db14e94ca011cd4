FROM rich AS one
USER 0
FROM one
CMD ["y"]
RUN echo 1 > /a
