"""The web interface: the page that Node built, and the state of the service."""

import functools
import json
import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import django


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path != '/health':
            return super().do_GET()
        body = json.dumps({'service': os.environ['SERVICE_NAME'], 'django': django.get_version()}).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write(body)


handler = functools.partial(Handler, directory='/app/static')
ThreadingHTTPServer(('0.0.0.0', int(os.environ['SERVICE_PORT'])), handler).serve_forever()
