"""The page on which people try the system."""

import gradio
from services.common.service import create, serve

app = create('testing', gradio=gradio.__version__)


@app.get('/stages')
def stages():
    return {'stages': ['audio', 'stt', 'orchestrator', 'tts']}


if __name__ == '__main__':
    serve(app)
