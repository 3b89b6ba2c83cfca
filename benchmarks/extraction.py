r"""Body extraction measured on the public article extraction benchmark (scrapinghub/article-extraction-benchmark).

Usage::

    python -m benchmarks.extraction DATASET_DIR

``DATASET_DIR`` is a checkout of that repository: ``ground-truth.json`` (article bodies and addresses by page id) and
``html/<id>.html.gz`` (181 pages). The score is the one that the benchmark describes: for each page, the multisets of
4-grams of ``\w+`` tokens in truth and prediction give true positives, false positives and false negatives, normalized
to sum to one so that long articles weigh no more than short ones; precision and recall are averaged over the pages
where they are defined, and F1 is the harmonic mean of the two averages.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import trafilatura

from shared.errors import PermanentError
from worker_service.services.extraction import extract_article

_SHINGLE_TOKENS = 4


class Scores(NamedTuple):
    """Averages over a data set, each from 0 to 1."""

    f1: float
    precision: float
    recall: float


class PageScore(NamedTuple):
    """Shares of one page's shingles."""

    true_positive: float
    false_positive: float
    false_negative: float


def score(truth: str, prediction: str) -> PageScore:
    """Compares two texts; all three shares are 0 if both are empty."""
    expected, found = _shingles(truth), _shingles(prediction)
    counts = ((expected & found).total(), (found - expected).total(), (expected - found).total())
    total = sum(counts) or 1
    return PageScore(*(count / total for count in counts))


def scores_of(pages: Iterable[PageScore]) -> Scores:
    """Averages page scores; pages without a prediction have no precision, pages without a truth no recall."""
    pages = list(pages)
    precision = statistics.mean(tp / (tp + fp) for tp, fp, _ in pages if tp + fp > 0)
    recall = statistics.mean(tp / (tp + fn) for tp, _, fn in pages if tp + fn > 0)
    return Scores(2 * precision * recall / (precision + recall), precision, recall)


def read_dataset(directory: Path) -> Iterator[tuple[str, str, str]]:
    """The pages of a checkout as ``(html, url, article body)``."""
    truth = json.loads((directory / "ground-truth.json").read_text("utf-8"))
    for page_id, entry in truth.items():
        html = gzip.decompress((directory / "html" / f"{page_id}.html.gz").read_bytes()).decode("utf-8")
        yield html, entry.get("url") or f"https://unknown.invalid/{page_id}", entry.get("articleBody", "")


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    """4-grams with their counts; a shorter text is one shingle, an empty one none."""
    tokens = re.findall(r"\w+", text)
    starts = range(max(1, len(tokens) - _SHINGLE_TOKENS + 1)) if tokens else range(0)
    return Counter(tuple(tokens[start : start + _SHINGLE_TOKENS]) for start in starts)


def _blogqa(html: str, url: str) -> str:
    try:
        return extract_article(html, url).text
    except PermanentError:
        return ""


def _trafilatura(html: str, _url: str) -> str:
    return trafilatura.extract(html, include_comments=False) or ""


def main() -> None:
    """Prints the scores of ``extract_article`` and of bare trafilatura on the same pages."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m {__spec__.name if __spec__ else 'benchmarks.extraction'} DATASET_DIR")
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    pages = list(read_dataset(Path(sys.argv[1])))
    print(f"{len(pages)} pages, trafilatura {trafilatura.__version__}")
    for name, extract in (("BlogQA", _blogqa), ("trafilatura", _trafilatura)):
        scores = scores_of(score(body, extract(html, url)) for html, url, body in pages)
        print(f"{name:<12} F1={scores.f1:.4f}  precision={scores.precision:.4f}  recall={scores.recall:.4f}")


if __name__ == "__main__":
    main()
