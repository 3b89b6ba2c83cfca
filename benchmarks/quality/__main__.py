"""``python -m benchmarks.quality [retrieval|declining|same|ask]``; ``docs/quality.md`` says what the figures mean."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from benchmarks.quality import ask, declining, retrieval, same_question


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description="Prints quality figures.")
    parser.add_argument(
        "what", nargs="?", choices=["retrieval", "declining", "same", "ask"], help="default: all but ask"
    )
    parser.add_argument("--split", choices=["dev", "test"], default="test", help="dev is for choosing thresholds")
    parser.add_argument("--squad", type=Path, action="append", default=[], help="retrieval: a set in SQuAD's format")
    parser.add_argument("--url", default="http://127.0.0.1:8005", help="ask: a deployment with the demo blog")
    parser.add_argument("--site", help="ask: where the demo blog was published, if not at --url")
    parser.add_argument("--details", action="store_true", help="one line for each case that went wrong")
    return parser.parse_args()


async def main() -> None:
    """Runs what was asked for."""
    chosen = _arguments()
    if chosen.what in (None, "retrieval"):
        await retrieval.main(chosen.squad)
    if chosen.what in (None, "declining"):
        await declining.main(chosen.split)
    if chosen.what in (None, "same"):
        await same_question.main(chosen.split, details=chosen.details)
    if chosen.what == "ask":
        await ask.main(chosen.url, chosen.site or chosen.url, chosen.split, details=chosen.details)


if __name__ == "__main__":
    asyncio.run(main())
