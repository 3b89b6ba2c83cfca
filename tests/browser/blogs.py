"""A blog as the API gives it, and the page that it is about."""

from __future__ import annotations

import json
from typing import Any

PARAGRAPHS = (
    "A dry stone wall holds without mortar, because every stone rests on two others and leans a little inwards.",
    "The foundation is a trench of about twenty centimetres. Fill it with the largest stones that you have.",
    "Each course is levelled before the next one begins. Small stones, called hearting, fill the middle of the wall.",
    "Through stones tie both faces together. They are laid about sixty centimetres above the ground, one per metre.",
    "The wall leans inwards by one centimetre for every six of height; builders call this slope the batter.",
    "Cope stones stand upright on the top. Their weight presses the courses below together and keeps sheep off.",
    "A wall of one metre takes an experienced builder about a day for every two and a half metres of length.",
    "Repairs begin with taking down the gap to sound stone, and laying the stones out by size on the grass.",
)


def question(number: int, text: str, answer: str, *, kind: str = "what", cites: int | None = None) -> dict[str, Any]:
    """A published question, whose answer rests on one of the paragraphs."""
    return {
        "id": f"{number:032x}",
        "question": text,
        "answer": answer,
        "kind": kind,
        "citations": [] if cites is None else [citation(cites)],
        "order": number,
        "language": "en",
        "engine": "openai",
    }


def citation(paragraph: int, url: str = "") -> dict[str, Any]:
    """The citation of a paragraph."""
    text = PARAGRAPHS[paragraph]
    return {
        "passage_id": f"p{paragraph}",
        "text": text,
        "title": "Dry stone",
        "section": "Building",
        "start": 0,
        "end": len(text),
        "url": url,
    }


def blog(url: str) -> dict[str, Any]:
    """A blog with six questions, as ``questions/check-and-load`` gives it."""
    long_answer = " ".join(PARAGRAPHS[:4])
    questions = [
        question(1, "Why does a dry stone wall hold?", long_answer, kind="why", cites=0),
        question(2, "How deep is the foundation?", "About twenty centimetres.", kind="how_many", cites=1),
        question(3, "What are through stones?", "They tie both faces together.", cites=3),
        question(4, "How do I repair a gap?", "Take it down to sound stone.", kind="how", cites=7),
        question(5, "Where do cope stones stand?", "Upright on the top.", kind="where", cites=5),
        question(6, "When is a wall done?", "After a day for every two and a half metres.", kind="when", cites=6),
    ]
    for one in questions:
        for cited in one["citations"]:
            cited["url"] = url
    return {
        "blog_url": url,
        "title": "Dry stone walls",
        "language": "en",
        "summary": "How dry stone walls are built.",
        "key_points": [],
        "engine": "openai",
        "version": 1,
        "published_at": "2026-11-01T00:00:00Z",
        "questions": questions,
    }


def paragraphs(*texts: str) -> str:
    """Paragraphs tall enough that a few of them fill a screen."""
    return "".join(f"<p>{text}</p>" for text in texts)


BODY = paragraphs(*PARAGRAPHS[:5]) + "<h2>More</h2>" + paragraphs(*PARAGRAPHS[5:])


def page(
    api_url: str,
    *,
    key: str,
    attributes: str = "",
    head: str = "",
    lang: str = "en",
    script: bool = True,
    article: str = BODY,
    html: str = "",
) -> str:
    """The article's page with the script tag, long enough for cards to stand below what is seen.

    Args:
        api_url: Address of the API.
        key: The publisher's key.
        attributes: More of the script tag's.
        head: What stands in the head besides.
        lang: Language of the page.
        script: Whether the script tag is there.
        article: What the article holds.
        html: More attributes of the root element.
    """
    tag = (
        f'<script async src="/widget/auto-blog-question-injector.js" data-api-key="{key}" data-api-base="{api_url}"'
        f" {attributes}></script>"
    )
    return (
        f'<!DOCTYPE html><html lang="{lang}" {html}><head><meta charset="utf-8"><title>Dry stone walls</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        "<style>body{font:18px/1.6 serif;max-width:640px;margin:40px auto}article p{min-height:180px}</style>"
        f"{head}{tag if script else ''}</head><body><main><h1>Dry stone walls</h1><article>{article}</article></main>"
        "<footer>The end</footer></body></html>"
    )


def event(name: str, data: dict[str, Any]) -> bytes:
    """A server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def answer(text: str, **fields: Any) -> dict[str, Any]:
    """An answer as ``qa/ask`` gives it."""
    return {
        "covered": True,
        "answer": text,
        "sentences": [],
        "citations": [],
        "language": "en",
        "engine": "openai",
        "from_cache": False,
        "question_id": None,
        "notices": [],
        "related_questions": [],
        "related_articles": [],
        **fields,
    }
