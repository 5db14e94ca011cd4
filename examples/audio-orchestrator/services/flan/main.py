"""Completes text with FLAN-T5."""

import sentencepiece
import transformers
from services.common.service import create, serve

app = create('flan', transformers=transformers.__version__, tokenizer=sentencepiece.__version__)

if __name__ == '__main__':
    serve(app)
