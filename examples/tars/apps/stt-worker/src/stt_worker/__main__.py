"""The speech-to-text worker; its models were copied from /host-models by the entrypoint."""

import os

from faster_whisper import __version__ as whisper
from tars_core import Worker, settings

worker = Worker('stt-worker', 8103)


@worker.route('/models')
def models(query):
    return {'whisper': whisper, 'models': sorted(os.listdir(settings('HF_HOME', '/app/models')))}


worker.run()
