"""Answers questions with a language model."""

import os

import chromadb
import langchain
import uvicorn
from fastapi import FastAPI

app = FastAPI(title=os.environ['SERVICE_NAME'])


@app.get('/health')
def health():
    return {'service': app.title, 'status': 'healthy', 'langchain': langchain.__version__, 'chromadb': chromadb.__version__}


if __name__ == '__main__':
    uvicorn.run(app, host='0.0.0.0', port=int(os.environ['SERVICE_PORT']))
