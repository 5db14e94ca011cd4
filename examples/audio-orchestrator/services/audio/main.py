"""Cleans sound up before it is understood."""

import librosa
import scipy
import webrtcvad
from services.common.service import create, serve

app = create('audio', scipy=scipy.__version__, librosa=librosa.__version__)


@app.get('/formats')
def formats():
    return {'rates': [16000, 48000], 'detector': webrtcvad.__name__}


if __name__ == '__main__':
    serve(app)
