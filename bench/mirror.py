"""A proxy for apt on the loopback interface that keeps all it fetched, so that no network is timed."""

import hashlib
import http.server
import shutil
import threading
import urllib.error
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    wbufsize = -1  # headers go out with the first bytes of the body

    def do_GET(self):
        kept = self.server.directory / hashlib.sha256(self.path.encode()).hexdigest()
        if not kept.exists():
            part = kept.with_suffix(f'.{threading.get_ident()}')
            try:
                with urllib.request.urlopen(self.path, timeout=60) as answer, open(part, 'wb') as file:
                    shutil.copyfileobj(answer, file, 1 << 20)
            except urllib.error.HTTPError as error:
                self.send_response(error.code)
                self.send_header('Content-Length', '0')
                self.end_headers()
                return
            except OSError as error:
                self.send_error(502, str(error))
                return
            part.rename(kept)
        with open(kept, 'rb') as file:
            self.send_response(200)
            self.send_header('Content-Length', str(kept.stat().st_size))
            self.end_headers()
            self.wfile.flush()
            self.connection.sendfile(file)

    def log_message(self, *_):
        pass


class Mirror:
    """with Mirror(directory) as url"""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.server.directory = directory

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f'http://127.0.0.1:{self.server.server_port}'

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
