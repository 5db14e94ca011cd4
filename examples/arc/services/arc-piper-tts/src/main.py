"""Piper: text to speech."""

import soundfile
from fastapi import FastAPI

app = FastAPI(title='arc-piper-tts')


@app.get('/health')
def health():
    return {'service': 'arc-piper-tts', 'soundfile': soundfile.__version__}
