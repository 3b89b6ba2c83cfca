"""A blog's site as ``blogqa ingest`` sees it."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

from tests.integration.raw_site import Handler, answer

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XML = {"Content-Type": "application/xml"}


def urlset(*urls: str, changed: str | None = None) -> bytes:
    lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
    listed = "".join(f"<url><loc>{url}</loc>{lastmod}</url>" for url in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NAMESPACE}>{listed}</urlset>'.encode()


def index(*urls: str, changed: str | None = None) -> bytes:
    lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
    listed = "".join(f"<sitemap><loc>{url}</loc>{lastmod}</sitemap>" for url in urls)
    return f"<sitemapindex {NAMESPACE}>{listed}</sitemapindex>".encode()


def posts(numbers: Iterable[int]) -> list[str]:
    return [f"https://example.com/posts/{number}" for number in numbers]


def xml(body: bytes, **headers: str) -> Handler:
    return answer(body, headers={**XML, **headers})


def zipped(body: bytes) -> Handler:
    return answer(gzip.compress(body), headers={**XML, "Content-Encoding": "gzip"})
