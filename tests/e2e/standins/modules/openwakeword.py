import pathlib

MODELS = {'alexa': {}, 'hey_jarvis': {}}


def get_pretrained_model_paths():
    return [str(path) for path in (pathlib.Path(__file__).parent / 'resources').glob('*.tflite')]
