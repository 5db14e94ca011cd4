"""Text to speech."""

import soundfile
import torch
from shared.service import create, serve

app, settings = create('tts', torch=torch.__version__, soundfile=soundfile.__version__)


@app.get('/voices')
def voices():
    return {'voices': ['morgan'], 'sample_rate': settings['sample_rate']}


if __name__ == '__main__':
    serve(app, settings)
