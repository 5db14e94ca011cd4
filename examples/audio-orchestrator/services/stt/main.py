"""Speech to text."""

import faster_whisper
import torch
from services.common.service import create, serve

app = create('stt', whisper=faster_whisper.__version__, torch=torch.__version__)


@app.get('/languages')
def languages():
    return {'languages': ['de', 'en']}


if __name__ == '__main__':
    serve(app)
