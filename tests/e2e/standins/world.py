#!/usr/bin/env python3
"""The Internet of the tests: an HTTP proxy that answers for every host itself, from files and a loopback registry.

world.py ROOT PORT REGISTRY LOG, where ROOT holds
  certificate.pem        of all hosts, and its key
  wheels/                what each Python index has
  debian/                the mirror at deb.debian.org and security.debian.org
  files/HOST/PATH        all else
"""

import http.client
import pathlib
import re
import ssl
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REGISTRIES = {'registry-1.docker.io': '', 'harbor.in.lazarev.cloud': 'proxy/', 'ghcr.io': ''}
root, registry, log = pathlib.Path(sys.argv[1]), sys.argv[3], open(sys.argv[4], 'a', buffering=1)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(root / 'certificate.pem')
wheels = {}
for found in sorted((root / 'wheels').iterdir()):
    wheels.setdefault(found.name.split('-')[0].lower().replace('_', '-').replace('.', '-'), []).append(found.name)


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    host = ''

    def do_CONNECT(self):
        self.send_response_only(200)
        self.end_headers()
        self.host = self.path.rsplit(':', 1)[0]
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile('rb'), self.connection.makefile('wb', 0)
        self.close_connection = False  # pip connects with HTTP/1.0

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        host, path = self.host or url.hostname or '', urllib.parse.unquote(url.path)
        log.write(f'{self.command} {host}{path}\n')
        if host in REGISTRIES:
            return self.forward(path.replace(f'/v2/{REGISTRIES[host]}', '/v2/', 1), url.query)
        if host in ('deb.debian.org', 'security.debian.org'):
            return self.file(root / 'debian', re.sub('^/debian(-security)?/', '', path))
        if match := re.fullmatch(r'.*/(?:simple|whl/\w+)/([^/]+)/', path):
            return self.index(re.sub('[-_.]+', '-', match[1]).lower())
        if path.startswith('/wheels/'):
            return self.file(root, path[1:])
        return self.file(root / 'files', host + path)

    do_HEAD = do_GET

    def answer(self, status, body, kind='application/octet-stream'):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def file(self, base, path):
        found = (base / path).resolve()
        if found.is_relative_to(base.resolve()) and found.is_file():
            return self.answer(200, found.read_bytes())
        return self.answer(404, b'no such file\n')

    def index(self, name):
        if name not in wheels:
            return self.answer(404, b'no such project\n')
        links = ''.join(f'<a href="/wheels/{file}">{file}</a>\n' for file in wheels[name])
        return self.answer(200, f'<!DOCTYPE html>\n{links}'.encode(), 'text/html')

    def forward(self, path, query):
        """To the registry, whose images of Docker Hub's library stand under both of their names."""
        path = re.sub('^/v2/(?!library/)([^/]+/(?:manifests|blobs)/)', r'/v2/library/\1', path)
        upstream = http.client.HTTPConnection(registry)
        headers = {name: self.headers[name] for name in ('Accept', 'Range') if self.headers[name]}
        upstream.request(self.command, path + (f'?{query}' if query else ''), headers=headers)
        reply = upstream.getresponse()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ('date', 'server', 'connection', 'transfer-encoding'):
                self.send_header(name, value)
        self.end_headers()
        while block := reply.read(1 << 20):
            self.wfile.write(block)
        upstream.close()

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer(('127.0.0.1', int(sys.argv[2])), Handler).serve_forever()
