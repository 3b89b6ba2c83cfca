"""``questions``: what readers of a page are shown."""

from __future__ import annotations

from typing import Annotated

import typer

from blogqa_cli.options import AsJson, invocation
from blogqa_cli.replies import Blog
from blogqa_cli.server import Needs
from blogqa_cli.wording import cited, local


def questions(
    ctx: typer.Context, url: Annotated[str, typer.Argument(metavar="URL", help="Of the page.")], as_json: AsJson = False
) -> None:
    """Show a page's questions and answers."""
    call = invocation(ctx)
    blog = call.server.get("/questions/by-url", Blog, Needs.PUBLISHER, params={"blog_url": url})
    if as_json:
        call.terminal.json(blog)
        return
    say = call.terminal.say
    say(blog.title, style="bold")
    say(f"{blog.blog_url}  version {blog.version}, {local(blog.published_at)}, engine {blog.engine}")
    say(blog.summary)
    for number, each in enumerate(blog.questions, 1):
        say()
        say(f"{number}. {each.question}", style="bold")
        say(each.answer)
        for citation in each.citations:
            say(f"   {cited(citation)}", style="dim")
