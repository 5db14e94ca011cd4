"""A registry that fails in the way that the first part of the repository's name says. Prints its port."""

import http.server
import os
import sys
import time

TYPE = 'application/vnd.oci.image.manifest.v1+json'
BODIES = {
    'error': (500, b'{"errors":[{"code":"UNKNOWN"}]}'), 'noise': (200, os.urandom(4096)),
    'html': (200, b'<html>please log in</html>'), 'empty': (200, b''), 'array': (200, b'[]'),
    'deep': (200, b'[' * 100000),
}


class Bad(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        way = self.path.split('/')[2] if self.path.count('/') > 2 else ''
        if way == 'silent':
            time.sleep(600)
        if way == 'dripping':
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Type: ' + TYPE.encode() + b'\r\nContent-Length: 100000\r\n\r\n')
            while True:
                self.wfile.write(b'{')
                self.wfile.flush()
                time.sleep(0.5)
        status, body = BODIES.get(way, (404, b'{}'))
        self.send_response(status)
        self.send_header('Content-Type', TYPE)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server(('127.0.0.1', 0), Bad)
print(server.server_address[1], flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    sys.exit(0)
