"""The display of the robot. Without a screen it says what it would draw, and ends."""

import json
import os
import pathlib
import sys
import tomllib

import pygame

HERE = pathlib.Path(__file__).parent


def load() -> tuple[dict, list]:
    """$UI_CONFIG where somebody mounted one, else the defaults that the image ships."""
    path = pathlib.Path(os.environ.get('UI_CONFIG', ''))
    if not path.is_file():
        path = HERE / 'ui.toml'
    window = tomllib.loads(path.read_text())['window']
    return window, json.loads((HERE / window['layout']).read_text())['components']


window, components = load()
names = ', '.join(component['name'] for component in components)
print(f"{window['width']}x{window['height']}: {names} (pygame {pygame.__version__})")
if not os.environ.get('DISPLAY'):
    sys.exit(0)
screen = pygame.display.set_mode((window['width'], window['height']))
while not any(event.type == pygame.QUIT for event in pygame.event.get()):
    pygame.display.flip()
