FROM python:3.11-slim

RUN apt-get update && apt-get install -y --no-install-recommends \
    build-essential \
    curl \
    git \
    ca-certificates \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
ENV PYTHONPATH=/app

COPY services/requirements-base.txt constraints.txt /app/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -r /app/requirements-base.txt -c /app/constraints.txt
