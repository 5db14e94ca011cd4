class HTMLResponse:
    media_type = 'text/html; charset=utf-8'

    def __init__(self, content):
        self.content = content
