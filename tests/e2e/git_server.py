"""Repositories and files on the loopback interface.

    git_server.py DIRECTORY [TOKEN]

prints its port and serves DIRECTORY until it is killed: what has `.git/` in its path by `git http-backend`, all else as
files. With a TOKEN, paths below /private/ want it as the password of `x-access-token`, as GitHub has it.
"""

import base64
import http.server
import os
import subprocess
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    token = ''

    def log_message(self, *_):
        pass

    def is_allowed(self):
        wanted = 'basic ' + base64.b64encode(f'x-access-token:{self.token}'.encode()).decode()
        given = self.headers.get('Authorization', '')
        if not self.path.startswith('/private/') or given.lower().startswith('basic') and given[6:] == wanted[6:]:
            return True
        self.send_response(401)
        self.send_header('WWW-Authenticate', 'Basic realm="test"')
        self.send_header('Content-Length', '0')
        self.end_headers()
        return False

    def body(self):
        if self.headers.get('Transfer-Encoding') != 'chunked':
            return self.rfile.read(int(self.headers.get('Content-Length') or 0))
        parts = []
        while size := int(self.rfile.readline().split(b';')[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b''.join(parts)

    def backend(self):
        path, _, query = self.path.partition('?')
        env = {
            'PATH': os.environ['PATH'], 'GIT_PROJECT_ROOT': self.directory, 'GIT_HTTP_EXPORT_ALL': '1',
            'GIT_CONFIG_GLOBAL': '/dev/null', 'GIT_CONFIG_COUNT': '1', 'GIT_CONFIG_KEY_0': 'safe.directory',
            'GIT_CONFIG_VALUE_0': '*', 'PATH_INFO': path, 'QUERY_STRING': query, 'REQUEST_METHOD': self.command,
            'CONTENT_TYPE': self.headers.get('Content-Type', ''), 'REMOTE_ADDR': '127.0.0.1',
            'HTTP_CONTENT_ENCODING': self.headers.get('Content-Encoding', ''),
            'GIT_PROTOCOL': self.headers.get('Git-Protocol', ''),
        }
        done = subprocess.run(['git', 'http-backend'], env=env, input=self.body(), capture_output=True)
        head, _, content = done.stdout.partition(b'\r\n\r\n')
        fields = [line.split(': ', 1) for line in head.decode().splitlines()]
        status = next((value for name, value in fields if name == 'Status'), '200 OK')
        self.send_response(int(status.split()[0]))
        for name, value in fields:
            if name != 'Status':
                self.send_header(name, value)
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        if self.is_allowed():
            self.backend() if '.git/' in self.path else super().do_GET()

    def do_POST(self):
        if self.is_allowed():
            self.backend()


def server(directory, token=''):
    kind = type('Own', (Handler,), {'token': token})
    return http.server.ThreadingHTTPServer(('127.0.0.1', 0), lambda *of: kind(*of, directory=str(directory)))


if __name__ == '__main__':
    served = server(*sys.argv[1:])
    print(served.server_address[1], flush=True)
    served.serve_forever()
