"""A worker: answers /health and whatever it is asked by name."""

import logging
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import orjson


def settings(name: str, default: str) -> str:
    return os.environ.get(name, default)


class Worker:
    def __init__(self, name: str, port: int):
        self.name, self.port = name, int(settings('PORT', str(port)))
        self.routes = {'/health': lambda query: {'worker': name, 'status': 'ok'}}
        logging.basicConfig(level=settings('LOG_LEVEL', 'WARNING'))

    def route(self, path: str):
        def register(function):
            self.routes[path] = function
            return function
        return register

    def run(self) -> None:
        routes = self.routes

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                url = urlsplit(self.path)
                route = routes.get(url.path)
                body = orjson.dumps(route(parse_qs(url.query)) if route else {'error': 'no such path'})
                self.send_response(200 if route else 404)
                self.send_header('Content-Type', 'application/json')
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                logging.getLogger('http').info(*arguments)

        logging.info('%s listens on port %d', self.name, self.port)
        ThreadingHTTPServer(('0.0.0.0', self.port), Handler).serve_forever()
