"""Completions from a language model."""

import openai
from shared.service import create, serve

app, settings = create('llm', openai=openai.__version__)


@app.get('/models')
def models():
    return {'models': ['local']}


if __name__ == '__main__':
    serve(app, settings)
