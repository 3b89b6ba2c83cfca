"""A local LLM behind an OpenAI-compatible API on loopback: llama.cpp's server, from the extra ``local-llm``.

The local stack runs it as ``python -m local_stack.model_server FILE PORT``, and ends it with SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys

import xllamacpp


def main(path: str, port: int, *, context_tokens: int) -> None:
    """Serves a GGUF file until the process is ended."""
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.hostnames, params.port = ["127.0.0.1"], port
    params.n_ctx, params.n_parallel = context_tokens, 1
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as exc:
        sys.exit(f"llama.cpp cannot serve {path}: {exc}")
    print("listening on", server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), context_tokens=int(os.environ.get("BLOGQA_LLM_CONTEXT_TOKENS") or 8_192))
