"""Hears whether somebody speaks; needs nothing beyond the base."""

from shared.service import create, serve

app, settings = create('vad')


@app.get('/threshold')
def threshold():
    return {'threshold': settings['threshold']}


if __name__ == '__main__':
    serve(app, settings)
