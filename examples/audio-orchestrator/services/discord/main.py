"""The Discord bot: joins voice channels and listens for its name."""

import discord
import nacl
import numpy
import openwakeword
from services.common.service import create, serve

app = create('discord', discord=discord.__version__, nacl=nacl.__version__)


@app.get('/wake-words')
def wake_words():
    return {'known': sorted(openwakeword.MODELS), 'samples': numpy.__version__}


if __name__ == '__main__':
    serve(app)
