"""Providers of completions. The real ones go over HTTP; `echo` needs nobody."""

import httpx


def provider(name: str):
    if name == 'echo':
        return lambda prompt: prompt
    return lambda prompt: httpx.post(name, json={'prompt': prompt}).json()['text']
