"""Enough of FastAPI for the examples: routes without parameters that return something JSON or a response."""

import json


class Route:
    def __init__(self, path, endpoint):
        self.path, self.endpoint = path, endpoint


class FastAPI:
    def __init__(self, *, title='FastAPI', **options):
        self.title, self.routes = title, []

    def get(self, path, **options):
        def register(endpoint):
            self.routes.append(Route(path, endpoint))
            return endpoint
        return register

    async def __call__(self, scope, receive, send):
        route = next((route for route in self.routes if route.path == scope['path']), None)
        answer = route.endpoint() if route else {'detail': 'Not Found'}
        kind = getattr(answer, 'media_type', 'application/json')
        body = answer.content if hasattr(answer, 'media_type') else json.dumps(answer, separators=(',', ':'))
        headers = [(b'content-type', kind.encode())]
        await send({'type': 'http.response.start', 'status': 200 if route else 404, 'headers': headers})
        await send({'type': 'http.response.body', 'body': body.encode()})
