"""Sends orders."""

import os

import ccxt
import uvicorn
from fastapi import FastAPI

app = FastAPI(title=os.environ['SERVICE_NAME'])


@app.get('/health')
def health():
    return {'service': app.title, 'status': 'healthy', 'ccxt': ccxt.__version__}


@app.get('/orders')
def orders():
    return {'orders': []}


if __name__ == '__main__':
    uvicorn.run(app, host='0.0.0.0', port=int(os.environ['SERVICE_PORT']))
