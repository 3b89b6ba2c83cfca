"""``python -m benchmarks [asking|queue|search|services]``; all by default. Extraction needs a dataset of its own."""

from __future__ import annotations

import asyncio
import sys

from benchmarks import asking, queue, search, services

_BENCHMARKS = {"asking": asking.main, "queue": queue.main, "search": search.main, "services": services.main}

if __name__ == "__main__":
    chosen = sys.argv[1:] or list(_BENCHMARKS)
    unknown = [name for name in chosen if name not in _BENCHMARKS]
    if unknown:
        sys.exit(f"unknown benchmark {unknown[0]!r}; there are: {', '.join(_BENCHMARKS)}")
    for name in chosen:
        print(f"\n{name}\n")
        asyncio.run(_BENCHMARKS[name]())
