# Legacy: nothing stands on it any more, python-web has replaced it.
FROM ghcr.io/gabrielpreston/python-base:latest

RUN apt-get update && apt-get install -y --no-install-recommends \
    ffmpeg \
    libopus0 \
    libsndfile1 \
    espeak-ng \
    libasound2 \
    && rm -rf /var/lib/apt/lists/*
