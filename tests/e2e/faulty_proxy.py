"""A proxy in front of a registry that breaks what its rules say: faulty_proxy.py UPSTREAM LOG

Prints its port. UPSTREAM is host:port, or - for a server that has nothing and only notes who asks. Each request
becomes a line of JSON in LOG. As most proxies do, it takes a request in full before it passes it on, so that the
registry never sees one that was cut.

POST /_faults  a JSON list of rules; statistics start anew
GET  /_stats   {"requests": …, "body": …, "fired": …}: bodies count what was received of them

A rule: {"method": REGEX, "path": REGEX, "skip": 0, "times": 1, "every": 1, "action": …}. The first that fits is used. Actions
upon a request, after `at` bytes of its body (a number or "random"):
  status   answers with `status`, `headers` and `body`, and closes
  reset    resets the connection
  stall    reads and says nothing more for half a minute, or `seconds`
  lost     ends the upload session of the registry, then goes on
  no_mount takes the mount out of the query, then goes on
and upon an answer:
  lose     passes the request on, then resets the connection instead of answering
  cut      resets the connection after `at` bytes of the answer's body
  hold     says nothing more after `at` bytes of the answer's body
  garble   changes a byte of the answer's body
  answer   changes what `status`, `headers` and `body` name; a Content-Length that is named stays as it is
"""

import http.client
import json
import random
import re
import socket
import struct
import sys
import threading

upstream, log_path = sys.argv[1], sys.argv[2]
log = open(log_path, "a", buffering=1, encoding="utf-8")
lock = threading.RLock()
rules, stats = [], {"requests": 0, "body": 0, "fired": 0}
dice = random.Random(5)


class Gone(Exception):
    """The connection has been dealt with."""


def choose(method, path, size):
    with lock:
        stats["requests"] += 1
        for rule in rules:
            if not re.fullmatch(rule.get("method", ".*"), method) or not re.search(rule.get("path", ""), path):
                continue
            if rule.setdefault("skip", 0) > 0:
                rule["skip"] -= 1
                continue
            rule["met"] = rule.get("met", 0) + 1
            if rule["met"] % rule.get("every", 1) != 0:
                return {}
            if rule.setdefault("times", 1) > 0:
                rule["times"] -= 1
                stats["fired"] += 1
                return rule
    return {}


def place(rule, size):
    at = rule.get("at", 0)
    return dice.randrange(size + 1) if at == "random" else min(at, size)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    raise Gone


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.held = b""

    def head(self):
        while b"\r\n\r\n" not in self.held:
            piece = self.connection.recv(65536)
            if not piece:
                raise Gone
            self.held += piece
        head, self.held = self.held.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        return method, path, headers

    def body(self, size):
        parts, got = [self.held[:size]], min(len(self.held), size)
        self.held = self.held[size:]
        while got < size:
            piece = self.connection.recv(min(1 << 20, size - got))
            if not piece:
                break
            parts.append(piece)
            got += len(piece)
        with lock:
            stats["body"] += got
        if got < size:
            raise Gone
        return b"".join(parts)

    def answer(self, status, headers, body, method="GET", until=None):
        lines = [f"HTTP/1.1 {status} Status"]
        names = {name.lower() for name in headers}
        if "content-length" not in names and status != 204:
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        data = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.connection.sendall(data if method == "HEAD" else data + body[:until])


def ask(method, path, headers, body):
    if upstream == "-":
        return 404, {}, b'{"errors":[{"code":"NAME_UNKNOWN"}]}'
    server = http.client.HTTPConnection(upstream, timeout=60)
    server.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        if name not in ("expect", "connection"):
            server.putheader(name, value)
    server.endheaders(body or None)
    response = server.getresponse()
    content = response.read()
    kept = {n: v for n, v in response.getheaders() if n.lower() not in ("transfer-encoding", "connection")}
    if method != "HEAD":
        kept = {n: v for n, v in kept.items() if n.lower() != "content-length"}
    server.close()
    return response.status, kept, content


def control(client, method, path, size):
    if path == "/_faults":
        with lock:
            rules[:] = json.loads(client.body(size) or b"[]")
            stats.update(requests=0, body=0, fired=0)
    with lock:
        client.answer(200, {}, (json.dumps(stats) + "\n").encode(), method)


def note(method, path, headers, size, status):
    line = {"method": method, "path": path, "authorization": headers.get("authorization", ""), "body": size}
    line.update(status=status, range=headers.get("range", headers.get("content-range", "")))
    log.write(json.dumps(line) + "\n")


def serve_one(client):
    method, path, headers = client.head()
    size = int(headers.get("content-length", 0))
    if path.startswith("/_"):
        control(client, method, path, size)
        return
    rule = choose(method, path, size)
    action = rule.get("action")
    if headers.get("expect", "").lower() == "100-continue" and not (action == "status" and rule.get("at", 0) == 0):
        client.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if action in ("status", "reset", "stall"):
        client.body(place(rule, size))
        note(method, path, headers, size, action)
        if action == "reset":
            reset(client.connection)
        if action == "stall":
            threading.Event().wait(rule.get("seconds", 30))
            raise Gone
        client.answer(rule["status"], rule.get("headers", {}), rule.get("body", "").encode(), method)
        raise Gone
    body = client.body(size)
    if action == "lost":
        ask("DELETE", path, {n: v for n, v in headers.items() if n in ("host", "authorization")}, b"")
    if action == "no_mount":
        path = path.split("?")[0]
    status, answer_headers, content = ask(method, path, headers, body)
    note(method, path, headers, size, status)
    until = None
    if action == "lose":
        reset(client.connection)
    elif action in ("cut", "hold"):
        until = place(rule, len(content))
    elif action == "garble":
        at = len(content) // 2
        content = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    elif action == "answer":
        status = rule.get("status", status)
        names = {name.lower() for name in rule.get("headers", {})}
        answer_headers = {n: v for n, v in answer_headers.items() if n.lower() not in names}
        answer_headers.update(rule.get("headers", {}))
        if "body" in rule:
            content = rule["body"].encode()
    client.answer(status, answer_headers, content, method, until)
    if until is not None:
        if action == "hold":
            threading.Event().wait(rule.get("seconds", 30))
        reset(client.connection)


def serve(connection):
    client = Client(connection)
    try:
        while True:
            serve_one(client)
    except (Gone, OSError, ValueError, http.client.HTTPException):
        pass
    finally:
        connection.close()


listener = socket.create_server(("127.0.0.1", 0), backlog=64)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
