"""Enough of uvicorn to serve an ASGI application over HTTP/1.0: `uvicorn MODULE:NAME` and uvicorn.run."""

import argparse
import asyncio
import importlib
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


def run(app, host='127.0.0.1', port=8000):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            url = urlsplit(self.path)
            scope = {'type': 'http', 'method': 'GET', 'path': url.path, 'query_string': url.query.encode()}

            async def receive():
                return {'type': 'http.request', 'body': b''}

            async def send(event):
                if event['type'] == 'http.response.body':
                    self.wfile.write(event['body'])
                    return
                self.send_response(event['status'])
                for name, value in event['headers']:
                    self.send_header(name.decode(), value.decode())
                self.end_headers()

            asyncio.run(app(scope, receive, send))

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer((host, port), Handler).serve_forever()


def main():
    parser = argparse.ArgumentParser(prog='uvicorn')
    parser.add_argument('app')
    parser.add_argument('--host', default=os.environ.get('UVICORN_HOST', '127.0.0.1'))
    parser.add_argument('--port', type=int, default=os.environ.get('UVICORN_PORT', '8000'))
    options = parser.parse_args()
    sys.path.insert(0, '.')
    module, _, name = options.app.partition(':')
    run(getattr(importlib.import_module(module), name), options.host, options.port)
