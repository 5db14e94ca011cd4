FROM ghcr.io/gabrielpreston/python-base:latest

RUN apt-get update && apt-get install -y --no-install-recommends \
    nodejs \
    npm \
    golang \
    && rm -rf /var/lib/apt/lists/*

COPY services/requirements-base.txt services/requirements-dev.txt constraints.txt /app/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -r /app/requirements-dev.txt -c /app/constraints.txt

ADD https://github.com/hadolint/hadolint/releases/download/v2.12.0/hadolint-Linux-x86_64 /usr/local/bin/hadolint
ADD https://github.com/checkmake/checkmake/releases/download/v0.3.2/checkmake-v0.3.2.linux.amd64 /usr/local/bin/checkmake
ADD https://github.com/rhysd/actionlint/releases/download/v1.7.7/actionlint_1.7.7_linux_amd64.tar.gz /tmp/actionlint.tar.gz
RUN tar -xzf /tmp/actionlint.tar.gz -C /usr/local/bin actionlint \
    && rm /tmp/actionlint.tar.gz \
    && chmod 755 /usr/local/bin/hadolint /usr/local/bin/checkmake /usr/local/bin/actionlint
