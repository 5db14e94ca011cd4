# Specialized: to get what only some of the ML services need.
FROM ghcr.io/gabrielpreston/python-ml:latest
