"""Names of the MQTT topics, shared as a source tree: the router finds it on its PYTHONPATH."""

ROUTES = {
    'stt/final': 'llm/request',
    'llm/response': 'tts/say',
    'wake/event': 'stt/listen',
}
