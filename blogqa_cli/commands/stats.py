"""``stats``: the queue and its workers at one moment, or as they go on."""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial
from typing import Annotated, Final

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table

from blogqa_cli.options import AsJson, invocation
from blogqa_cli.patience import Patience
from blogqa_cli.replies import Health, QueueStats
from blogqa_cli.server import Needs, Server
from blogqa_cli.terminal import table
from blogqa_cli.wording import duration

_PAUSE_S: Final = 2.0

Watch = Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C; with --json a line every two seconds.")]


def stats(ctx: typer.Context, watch: Watch = False, as_json: AsJson = False) -> None:
    """Show the queue's figures and the workers."""
    call = invocation(ctx)
    live = (
        Live(console=call.terminal.out, auto_refresh=False) if watch and call.terminal.is_live and not as_json else None
    )
    patience = Patience(call.terminal.note)
    with live or nullcontext():
        while True:
            ask = partial(_ask, call.server)
            queue, health = patience.answer(ask) if watch else ask()
            if as_json:
                workers = [worker.model_dump(mode="json") for worker in health.workers]
                document: dict[str, object] = {"queue": queue.model_dump(mode="json"), "workers": workers}
                call.terminal.json(document, is_line=watch)
            elif live is not None:
                live.update(Group(*_tables(queue, health)), refresh=True)
            else:
                for each in _tables(queue, health):
                    call.terminal.show(each)
            if not watch:
                return
            time.sleep(_PAUSE_S)


def _ask(server: Server) -> tuple[QueueStats, Health]:
    queue = server.get("/jobs/stats", QueueStats, Needs.OPERATOR)
    return queue, server.health()


def _tables(queue: QueueStats, health: Health) -> tuple[Table, Table]:
    rate = queue.failure_rate_last_hour
    rows = [(str(state), str(count)) for state, count in queue.by_state.items()]
    rows += [
        ("due", str(queue.due)),
        ("oldest due", "none" if queue.oldest_due_age_s is None else f"{duration(queue.oldest_due_age_s)} ago"),
        ("completed last hour", str(queue.completed_last_hour)),
        ("failed last hour", f"{queue.failed_last_hour}" + ("" if rate is None else f" ({rate:.0%})")),
    ]
    workers = [
        (each.name, each.engine, f"{each.running} of {each.slots}", f"{duration(each.heartbeat_age_s)} ago")
        for each in health.workers
    ]
    return table(("QUEUE", ""), rows), table(("WORKER", "ENGINE", "RUNNING", "HEARD OF"), workers)
