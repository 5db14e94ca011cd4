"""Speech to text."""

import faster_whisper
import torch
from shared.service import create, serve

app, settings = create('stt', torch=torch.__version__, whisper=faster_whisper.__version__)


@app.get('/model')
def model():
    return {'model': settings['model']}


if __name__ == '__main__':
    serve(app, settings)
