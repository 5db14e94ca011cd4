"""Counts what happens."""

import os

import prometheus_client
import uvicorn
from fastapi import FastAPI

app = FastAPI(title=os.environ['SERVICE_NAME'])


@app.get('/health')
def health():
    return {'service': app.title, 'status': 'healthy', 'metrics': prometheus_client.CONTENT_TYPE_LATEST}


if __name__ == '__main__':
    uvicorn.run(app, host='0.0.0.0', port=int(os.environ['SERVICE_PORT']))
