# nuniesmith/fks:docker-ml - everything from the CPU base, LangChain, ChromaDB, sentence-transformers
FROM nuniesmith/fks:docker

RUN pip install --no-cache-dir \
    "langchain>=0.3.0,<0.4.0" \
    "langchain-core>=0.3.0,<0.4.0" \
    "langchain-community>=0.3.0,<0.4.0" \
    "langchain-ollama>=0.2.0,<1.0.0"

RUN pip install --no-cache-dir "chromadb>=0.4.0,<1.0.0"

RUN pip install --no-cache-dir "sentence-transformers>=2.2.0,<6.0.0"

RUN pip install --no-cache-dir "TA-Lib>=0.4.28"
