"""Starts everything, keeps it running, and takes it down again when asked to or when it cannot go on."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2

from local_stack.child import Service, stop_leftovers
from local_stack.database import prepare_demo, private_mongod, require_usable
from local_stack.demo import article_urls, process_demo_blog
from local_stack.health import has_workers, until_healthy
from local_stack.instance import only_instance
from local_stack.keys import Keys, ensure_keys
from local_stack.model_file import model_file
from local_stack.mongod import Mongod
from local_stack.options import Options, api_port
from local_stack.ports import LOOPBACK, free_port, require_free_port
from local_stack.restarts import keep_running
from local_stack.services import Programs, api_service, model_service, services_environ, worker_services
from local_stack.state_dir import ROOT, StateDir, shown
from local_stack.terminal import Terminal
from shared.cancellation import cancel
from shared.config import SharedSettings

_HEALTHY_TIMEOUT_S = 120.0
# Recovering after a crash takes its time.
_MONGOD_TIMEOUT_S = 110.0
# Reading some gigabytes from a slow disk.
_MODEL_TIMEOUT_S = 600.0
_MONGOD_POLL_S = 0.5
_NOTICE_S = 0.5


class LocalStack:
    """All of BlogQA on one machine, for as long as ``run`` runs.

    Args:
        options: The command line.
        state: Where data, logs and keys are.
        terminal: The person who started it.
        environ: Settings, those of ``.env`` included.
        programs: What to run as the services.

    Raises:
        StackFailed: A setting is wrong.
    """

    def __init__(
        self,
        options: Options,
        state: StateDir,
        terminal: Terminal,
        environ: Mapping[str, str],
        programs: Programs,
    ) -> None:
        self._options = options
        self._state = state
        self._terminal = terminal
        self._environ = environ
        self._programs = programs
        self._port = api_port(options, environ)
        self._base_url = f"http://{LOOPBACK}:{self._port}"
        self._began = time.monotonic()
        self._stopping = asyncio.Event()
        self._force = asyncio.Event()
        self._ready = asyncio.Event()
        self._death: Exception | None = None
        self._watches: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Runs until a signal asks to stop.

        Raises:
            StackFailed: Something could not be started or died for good; by then everything is taken down.
        """
        with only_instance(self._state, self._base_url):
            self._listen_for_signals()
            async with AsyncExitStack() as resources:
                # Only the inner task is ever cancelled: closing the resources is never interrupted.
                await self._until_stopped(self._serve(resources))
        self._terminal.say("Stopped.")

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup asks to survive the terminal; a script that starts us in the background ignores SIGINT unasked.
            if number is signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if not self._stopping.is_set():
            self._terminal.say("Stopping: running jobs are finished first; Ctrl-C again to stop at once.")
            self._stopping.set()
        elif not self._force.is_set():
            self._terminal.say("Stopping at once.")
            self._force.set()

    async def _until_stopped(self, work: Coroutine[None, None, None]) -> None:
        serving = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                # The work may have failed because a child just died: that is then the better explanation.
                await asyncio.wait({stopping}, timeout=_NOTICE_S)
        finally:
            await cancel([serving, stopping, *self._watches])
        failure = None if serving.cancelled() else serving.exception()
        if self._death and failure:
            raise self._death from failure
        if ended := self._death or failure:
            raise ended

    async def _serve(self, resources: AsyncExitStack) -> None:
        self._terminal.status("Stopping what an earlier start may have left ...")
        await asyncio.to_thread(stop_leftovers, self._state)
        require_free_port(self._port)
        keys = ensure_keys(self._state.keys, self._environ)
        model = await self._model()
        mongodb_url = await self._database(resources)
        model_url = await self._model_server(resources, model) if model else None
        environ = services_environ(
            self._environ, mongodb_url=mongodb_url, port=self._port, keys=keys, model_url=model_url
        )
        workers = worker_services(self._programs, environ, self._options.workers)
        await self._run(resources, api_service(self._programs, environ))
        # Before there are workers: none must take up a job of a page that is not served any more.
        await self._prepare_demo(mongodb_url, keys)
        await self._run(resources, *workers)
        client = await resources.enter_async_context(
            httpx2.AsyncClient(base_url=self._base_url, headers={"X-API-Key": keys.api}, trust_env=False, timeout=10)
        )
        await self._until_ready(client, [worker.name for worker in workers])
        self._ready.set()
        await self._demo(client, keys)
        await asyncio.Event().wait()

    @property
    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began

    async def _database(self, resources: AsyncExitStack) -> str:
        if url := self._environ.get("MONGODB_URL"):
            self._terminal.status("Connecting to MongoDB ...")
            await require_usable(url)
            return url
        self._terminal.status("Starting MongoDB ...")
        mongod = await resources.enter_async_context(private_mongod(self._state))
        self._watches.append(asyncio.create_task(self._watch_mongod(mongod)))
        await asyncio.to_thread(mongod.wait_until_primary, _MONGOD_TIMEOUT_S)
        return mongod.url

    async def _model(self) -> Path | None:
        if self._options.local_llm is None:
            return None
        return await model_file(self._options.local_llm, self._state.models, self._terminal, self._environ)

    async def _model_server(self, resources: AsyncExitStack, model: Path) -> str:
        port = free_port()
        await self._run(resources, model_service(self._programs, self._environ, model=model, port=port))
        async with httpx2.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", trust_env=False, timeout=10) as client:
            await until_healthy(client, "/health", who="The model server", timeout_s=_MODEL_TIMEOUT_S)
        return f"http://{LOOPBACK}:{port}/v1"

    async def _run(self, resources: AsyncExitStack, *services: Service) -> None:
        self._terminal.status(f"Starting {', '.join(service.name for service in services)} ...")
        await resources.enter_async_context(self._all_kept(services))

    @asynccontextmanager
    async def _all_kept(self, services: Collection[Service]) -> AsyncIterator[None]:
        """Stops the services side by side, so that the slowest decides how long it takes."""
        tasks = [asyncio.create_task(self._keep(service)) for service in services]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _keep(self, service: Service) -> None:
        try:
            await keep_running(service, self._state, self._terminal, ready=self._ready, force=self._force)
        except Exception as exc:
            self._die(exc)

    async def _watch_mongod(self, mongod: Mongod) -> None:
        while mongod.is_running:  # noqa: ASYNC110 - a process is no event
            await asyncio.sleep(_MONGOD_POLL_S)
        self._die(mongod.failure())

    def _die(self, death: Exception) -> None:
        self._death = self._death or death
        self._stopping.set()
        self._terminal.status("Something has died; stopping the rest ...")

    async def _until_ready(self, client: httpx2.AsyncClient, workers: Collection[str]) -> None:
        self._terminal.status(f"Waiting for the API and {', '.join(workers)} ...")
        await until_healthy(client, "/health/live", who="The API", timeout_s=_HEALTHY_TIMEOUT_S)
        await until_healthy(client, "/health/ready", who="The API's database", timeout_s=_HEALTHY_TIMEOUT_S)
        await until_healthy(
            client, "/health", who="The worker", timeout_s=_HEALTHY_TIMEOUT_S, is_healthy=has_workers(workers)
        )
        self._terminal.say(f"The API and {', '.join(workers)} are ready after {self._elapsed_s:.1f} s.")

    async def _prepare_demo(self, mongodb_url: str, keys: Keys) -> None:
        name = self._environ.get("BLOGQA_MONGODB_DATABASE") or SharedSettings.model_fields["mongodb_database"].default
        cancelled = await prepare_demo(mongodb_url, name, key=keys.api, port=self._port)
        if cancelled:
            self._terminal.say(f"Cancelled {cancelled} unfinished jobs of the demo blog at another port.")

    async def _demo(self, client: httpx2.AsyncClient, keys: Keys) -> None:
        urls = article_urls(self._base_url)
        completed = await process_demo_blog(client, urls, self._terminal)
        self._terminal.say(self._what_now((completed or urls)[-1], keys))

    def _what_now(self, article: str, keys: Keys) -> str:
        base, keys_file = self._base_url, shown(self._state.keys)
        with_key = f'-H "X-API-Key: {keys.api}"'
        blogqa = f"{shown(ROOT / 'blogqa')} --server {base} --keys {keys_file}"
        return f"""
BlogQA runs after {self._elapsed_s:.1f} s. Ctrl-C stops it.

  open   {base}/demo/   the demo blog
         {base}/docs    the API
  keys   {keys_file}
  logs   {shown(self._state.logs)}

  {blogqa} questions {article}
  {blogqa} process {article} --force --watch
  {blogqa} doctor
  curl -s {with_key} "{base}/api/v1/questions/by-url?blog_url={article}"
"""
