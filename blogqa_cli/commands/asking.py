"""``ask``: a reader's question, answered as readers see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Annotated, Final

import httpx2
import typer
from rich.live import Live
from rich.text import Text

from blogqa_cli.failure import ServerFailed
from blogqa_cli.options import AsJson, invocation
from blogqa_cli.printable import printable
from blogqa_cli.replies import Answer, Broken, Done, Token
from blogqa_cli.server import API, Needs, Server
from blogqa_cli.terminal import Terminal
from blogqa_cli.wording import cited

_NOTICES: Final = {
    "not_covered": "The published pages do not answer this.",
    "budget_spent": "The day's budget of model tokens is spent: this is quoted from the pages.",
    "model_busy": "The model is busy: this is quoted from the pages.",
    "model_unavailable": "The model does not answer: this is quoted from the pages.",
}
_DRAFT: Final = 2_000
"""Characters of a draft that are kept: what is above the screen is not seen."""


def ask(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In any language.")],
    url: Annotated[str | None, typer.Option(help="The page that it is asked of; by default all pages.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask as a reader does.

    On a terminal the answer is shown as a model writes it, then as it was checked against the pages.
    """
    call = invocation(ctx)
    body: dict[str, object] = {"question": question, **({"blog_url": url} if url else {})}
    if as_json:
        call.terminal.json(call.server.post("/qa/ask", Answer, Needs.PUBLISHER, body))
        return
    draft = ""
    answer: Answer | None = None
    live = Live(console=call.terminal.out, transient=True, refresh_per_second=12) if call.terminal.is_live else None
    with live or nullcontext():
        for event in _events(call.server, body):
            if isinstance(event, Answer):
                answer = event
            elif live is not None:
                draft = (draft + printable(event.text))[-_DRAFT:]
                live.update(Text(_tail(draft, call.terminal), "dim"))
    if answer is None:
        raise ServerFailed("the answer breaks off: ask again, and see the server's log.")
    _show(answer, call.terminal)


def _events(server: Server, body: dict[str, object]) -> Iterator[Token | Answer]:
    """Pieces of the answer as they are written, and the answer."""
    path, accept = f"{API}/qa/ask", "text/event-stream, application/json;q=0.5"
    with server.stream("POST", path, Needs.PUBLISHER, body=body, accept=accept) as response:
        if not response.is_success:
            raise server.refusal(response, server.read(response))
        if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
            yield server.parse(Answer, server.read(response))
            return
        for event in httpx2.EventSource(response):
            if event.event == "token":
                yield server.parse(Token, event.data)
            elif event.event == "done":
                yield server.parse(Done, event.data).answer
                return
            elif event.event == "error":
                broken = server.parse(Broken, event.data)
                raise ServerFailed(f"the answer breaks off ({broken.code}: {broken.detail}): ask again after a while.")


def _tail(text: str, terminal: Terminal) -> str:
    """The end of a text, as much as fits the screen."""
    return text[-(terminal.out.width * max(terminal.out.height - 2, 1)) :]


def _show(answer: Answer, terminal: Terminal) -> None:
    for notice in answer.notices:
        terminal.say(_NOTICES.get(notice, notice), style="yellow")
    if answer.covered:
        marked = (each.text + "".join(f" [{place + 1}]" for place in each.citations) for each in answer.sentences)
        terminal.say(" ".join(marked))
        terminal.say()
        for number, citation in enumerate(answer.citations, 1):
            terminal.say(f"[{number}] {cited(citation)}", style="dim")
        terminal.say(f"engine {answer.engine}", style="dim")
    for heading, entries in (
        ("Near questions:", [each.question for each in answer.related_questions]),
        ("Near articles:", [f"{each.title}  {each.url}" for each in answer.related_articles]),
    ):
        if entries:
            terminal.say()
            terminal.say(heading, style="bold")
        for entry in entries:
            terminal.say(f"  {entry}")
