"""Trains the models."""

import os

import mlflow
import optuna
import torch
import uvicorn
from fastapi import FastAPI

app = FastAPI(title=os.environ['SERVICE_NAME'])


@app.get('/health')
def health():
    return {'service': app.title, 'status': 'healthy', 'torch': torch.__version__, 'mlflow': mlflow.__version__, 'optuna': optuna.__version__}


if __name__ == '__main__':
    uvicorn.run(app, host='0.0.0.0', port=int(os.environ['SERVICE_PORT']))
