"""The text-to-speech worker; its voices were copied from /voice-models by the entrypoint."""

import os

from tars_core import Worker, settings

worker = Worker('tts-worker', 8104)
voices = settings('VOICES', '/voices')


@worker.route('/voices')
def list_voices(query):
    return {'piper': f"{settings('PIPER_ARCH', '?')} {settings('PIPER_VERSION', '?')}",
            'voices': sorted(os.listdir(voices)) if os.path.isdir(voices) else []}


worker.run()
