"""Pages for the tests of extraction: an article with everything around it that is not the article."""

from __future__ import annotations

from pathlib import Path

URL = "https://www.harbourblog.example/posts/tides"
DEMO_ARTICLES = sorted((Path(__file__).parents[2] / "api_service" / "demo" / "articles").glob("*.html"))

P1 = (
    "Twice a day the sea climbs the harbour wall and twice a day it goes away again, and the boats that were floating "
    "at breakfast lie on the mud by lunch."
)
P2 = (
    "The moon does most of the pulling, but the shape of the bay decides how high the water gets, which is why two "
    "villages a mile apart can have very different tides."
)
P3 = (
    "Fishermen here still use a printed table, partly because telephones do not like salt water and partly because "
    "the table has never run out of battery."
)


def page(
    body: str, *, head: str = "<title>Tides · Harbour Blog</title>", lang: str = "en", title: str = "Tides"
) -> str:
    """A whole page around an article body, with everything that is not the article."""
    return f"""<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">{head}<style>p {{ color: red }}</style>
    <script>var tracking = "<p>never text</p>";</script></head><body>
    <div id="cookie-banner" class="cookie-consent"><p>We use cookies to improve things.
    <button>Accept all</button></p></div>
    <header><nav class="main-nav"><ul><li><a href="/">Home page</a></li><li><a href="/about">About</a></li></ul></nav>
    </header>
    <main><article class="post"><h1>{title}</h1>
    <div class="entry-content">{body}</div>
    <div class="share-buttons"><a href="#">Tweet this</a> <a href="#">Share on Facebook</a></div></article>
    <section id="comments" class="comments-area"><h2>Comments</h2><ol class="comment-list"><li class="comment"><p>First!
    A reader says something at length here so that it looks like a paragraph of text.</p></li></ol></section></main>
    <aside class="sidebar"><h3>Popular posts</h3>
    <ul><li><a href="/a">Ten gulls you will not believe</a></li></ul></aside>
    <footer><p>Copyright Harbour Blog. All rights reserved. Imprint and privacy.</p></footer></body></html>"""


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


BODY = paragraphs(P1, P2, P3)

AR = (
    "يرتفع البحر مرتين في اليوم ثم ينحسر، فالقوارب التي كانت تطفو في "
    "الصباح ترقد على الطين عند الظهر، وهذا ما يراه كل من يعيش هنا."
)

RU = (
    "Дважды в день море поднимается к стене гавани и дважды уходит, и "
    "лодки, которые утром были на воде, к обеду лежат на илистом дне."
)

ZH = (
    "潮汐是由月球和太阳的引力引起的海水周期性涨落现象。每天海水涨落两次,"
    "港口里的船只早上漂浮在水面上,中午就躺在泥滩上了。"
)

JA = (
    "潮の満ち引きは、月と太陽の引力によって海水が周期的に上下する現象です。"
    "港の船は朝には浮かび、昼には泥の上に横たわります。"
)

DE = (
    "Zweimal am Tag steigt das Meer an der Hafenmauer hoch und zweimal "
    "geht es wieder weg, und die Boote liegen dann auf dem Schlick."
)
