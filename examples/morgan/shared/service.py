"""What every service shares: its settings, /health, and how it is served."""

import os
import pathlib
from typing import Any

import uvicorn
import yaml
from fastapi import FastAPI

CONFIG = pathlib.Path(__file__).parent.parent / 'config' / 'services.yaml'


def create(name: str, **parts: Any) -> tuple[FastAPI, dict]:
    """The application and its settings; /health tells the versions of its parts."""
    settings = yaml.safe_load(CONFIG.read_text())[name]
    app = FastAPI(title=name)

    @app.get('/health')
    def health():
        return {'service': name, 'status': 'healthy', **parts}

    return app, settings


def serve(app: FastAPI, settings: dict) -> None:
    uvicorn.run(app, host='0.0.0.0', port=int(os.environ.get('PORT', settings['port'])))
