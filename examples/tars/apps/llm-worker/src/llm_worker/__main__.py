"""The language model worker: asks the provider that LLM_PROVIDER names."""

from llm_worker.providers import provider
from tars_core import Worker, settings

worker = Worker('llm-worker', 8101)
answer = provider(settings('LLM_PROVIDER', 'echo'))


@worker.route('/complete')
def complete(query):
    return {'text': answer(query.get('prompt', [''])[0])}


worker.run()
