FROM ghcr.io/gabrielpreston/python-base:latest

COPY constraints.txt /app/

# PyTorch first: it changes least and is largest.
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -c /app/constraints.txt --index-url https://download.pytorch.org/whl/cu121 \
    "torch>=2.0,<3.0" "torchvision>=0.15,<1.0" "torchaudio>=2.0,<3.0"

RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -c /app/constraints.txt \
    "transformers>=4.57,<5.0" "accelerate>=0.20,<1.0" "safetensors>=0.3,<1.0" \
    "faster-whisper>=1.2,<2.0" "speechbrain>=0.5,<1.0"

RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -c /app/constraints.txt \
    "librosa>=0.10,<1.0" "soundfile>=0.12,<1.0" "scipy>=1.11,<2.0" "numpy>=1.24,<2.0" "bark>=0.1.5,<1.0"

RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -c /app/constraints.txt \
    "opentelemetry-api>=1.24,<2.0" "opentelemetry-sdk>=1.24,<2.0" \
    "opentelemetry-instrumentation-fastapi>=0.45b0,<1.0" "opentelemetry-instrumentation-httpx>=0.45b0,<1.0" \
    "opentelemetry-instrumentation-requests>=0.45b0,<1.0" "opentelemetry-exporter-otlp-proto-http>=1.24,<2.0" \
    "opentelemetry-exporter-jaeger>=1.20,<1.30" \
    "grpcio>=1.60,<2.0" "grpcio-tools>=1.60,<2.0" "protobuf>=4.25,<5.0"
