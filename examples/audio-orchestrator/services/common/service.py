"""What every service shares: an application with its health endpoints, and how it is served."""

import os
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

log = structlog.get_logger()


def create(name: str, **parts: Any) -> FastAPI:
    """An application whose /health/ready tells the versions of its parts."""
    app = FastAPI(title=name)

    @app.get('/health/live')
    def live():
        return {'service': name, 'status': 'alive'}

    @app.get('/health/ready')
    def ready():
        return {'service': name, 'status': 'ready', **parts}

    return app


def serve(app: FastAPI) -> None:
    log.info('starting', service=app.title)
    uvicorn.run(app, host='0.0.0.0', port=int(os.environ.get('PORT', '8000')))
