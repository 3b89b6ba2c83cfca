"""The small server that tells of a worker, and the worker process that runs it."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from local_stack.ports import LOOPBACK, free_port
from local_stack.state_dir import ROOT
from shared.errors import PermanentError
from shared.metrics import EventLoopLag
from tests.integration.scraping import get, scraped
from tests.integration.waiting import comes_true
from tests.integration.worker_harness import NEVER, Harness
from worker_service.core.metrics import WorkerMetrics
from worker_service.core.monitoring import STUCK_S, Liveness, monitored


@asynccontextmanager
async def served(metrics: WorkerMetrics | None = None) -> AsyncIterator[tuple[int, Liveness]]:
    port = free_port()
    async with monitored(metrics or WorkerMetrics(), LOOPBACK, port) as liveness:
        yield port, liveness


class TestServer:
    async def test_it_answers_though_the_event_loop_is_stuck(self) -> None:
        async with served() as (port, _):
            status, text = get(port, "/metrics")  # Nothing else of this process runs meanwhile.
            assert status == 200
            assert scraped(text).value("blogqa_build_info", service="worker") == 1
            assert get(port, "/health/live") == (200, "ok\n")
            assert get(port, "/")[0] == 404

    async def test_a_worker_whose_event_loop_does_not_move_is_not_alive(self) -> None:
        metrics, now = WorkerMetrics(), 100.0
        metrics.loop_lag = EventLoopLag(CollectorRegistry(), clock=lambda: now)
        async with served(metrics) as (port, _):
            await asyncio.sleep(0)  # Its task begins.
            now += STUCK_S
            assert get(port, "/health/live") == (200, "ok\n")
            now += 1
            status, sentence = get(port, "/health/live")
        assert (status, "has not moved for 16 s" in sentence) == (503, True)

    async def test_a_worker_that_has_lost_a_side_task_is_not_alive(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        crash = asyncio.Event()

        async def rescue(*_: Any) -> None:
            await crash.wait()
            raise RuntimeError("a bug")

        monkeypatch.setattr(harness.jobs, "rescue", rescue)
        async with served(harness.metrics) as (port, liveness):
            liveness.worker = worker = harness.worker(harness.complete, rescue_s=0.001)
            async with harness.running(worker) as running:
                await harness.enqueue()
                await harness.started.get()
                assert get(port, "/health/live") == (200, "ok\n")
                crash.set()
                await asyncio.wait({running})
                assert isinstance(running.exception(), RuntimeError)
                status, sentence = get(port, "/health/live")
        assert (status, sentence) == (503, "the worker is stopping; its log says why\n")

    async def test_it_ends_with_what_it_tells_of(self) -> None:
        async with served() as (port, _):
            assert get(port, "/metrics")[0] == 200
        with pytest.raises(ConnectionRefusedError):
            get(port, "/metrics")

    async def test_without_a_port_there_is_none(self) -> None:
        before = _listening()
        async with monitored(WorkerMetrics(), LOOPBACK, None) as liveness:
            assert liveness.problem() is None
            assert _listening() == before

    async def test_clients_that_say_nothing_take_up_a_few_threads_and_for_a_while(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("worker_service.core.monitoring._PATIENCE_S", NEVER)
        async with served() as (port, _):
            silent = [socket.create_connection((LOOPBACK, port), timeout=20) for _ in range(8)]
            with socket.create_connection((LOOPBACK, port), timeout=20) as ninth:
                assert ninth.recv(1) == b""
            for connection in silent:
                connection.close()

            def answers() -> bool:
                try:
                    return get(port, "/health/live")[0] == 200
                except (http.client.HTTPException, OSError):
                    return False

            assert comes_true(answers)

    @pytest.mark.parametrize("sent", [b"", b"G", b"GET /metrics HTTP/1.1\r\nX-Slow: "], ids=["nothing", "line", "head"])
    async def test_a_client_that_trickles_is_cut_off(self, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
        monkeypatch.setattr("worker_service.core.monitoring._PATIENCE_S", 0.2)
        async with served() as (port, _):
            with socket.create_connection((LOOPBACK, port), timeout=0.02) as slow:
                slow.sendall(sent)

                def is_cut_off() -> bool:
                    try:
                        slow.sendall(sent[-1:])
                        return slow.recv(1_000) == b""
                    except TimeoutError:
                        return False
                    except ConnectionError:
                        return True

                assert comes_true(is_cut_off)

    @pytest.mark.parametrize("host", [LOOPBACK, "203.0.113.1"], ids=["taken", "elsewhere"])
    async def test_an_address_that_cannot_be_listened_on_is_named(self, host: str) -> None:
        with socket.create_server((LOOPBACK, 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(PermanentError, match=f"{host} port {port} .*BLOGQA_METRICS_PORT"):
                async with monitored(WorkerMetrics(), host, port):
                    pass


def _listening() -> list[str]:
    """Addresses on which this process listens; the table is the whole machine's."""
    ours = {path.readlink().name for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}
    with open("/proc/self/net/tcp") as table:
        rows = [line.split() for line in table if " 0A " in line]
    return sorted(row[1] for row in rows if f"socket:[{row[9]}]" in ours)


@asynccontextmanager
async def worker_process(**settings: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """The real worker, in front of a database that is not there."""
    nobody = f"mongodb://{LOOPBACK}:{free_port()}/?replicaSet=blogqa"
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "MONGODB_URL": nobody,
        **{f"BLOGQA_{name.upper()}": str(value) for name, value in settings.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker_service.run_worker", env=environ, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


class TestProcess:
    async def test_a_worker_that_waits_for_its_database_is_alive_and_logs_its_port(self) -> None:
        async with worker_process(metrics_port=0) as process:
            assert process.stderr is not None
            port = 0
            while not port:
                line = json.loads(await process.stderr.readline())
                port = line["port"] if line["event"] == "metrics_served" else 0
            while json.loads(await process.stderr.readline())["event"] != "database_not_ready":
                pass
            url = f"http://{LOOPBACK}:{port}"
            async with httpx2.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
                live = await client.get("/health/live")
                assert (live.status_code, live.text) == (200, "ok\n")
                assert scraped((await client.get("/metrics")).text).value("blogqa_database_up") == 0

    async def test_a_port_that_is_taken_ends_it_with_one_sentence(self) -> None:
        with socket.create_server((LOOPBACK, 0)) as other:
            port = other.getsockname()[1]
            async with worker_process(metrics_port=port) as process:
                _, printed = await process.communicate()
        assert process.returncode == 1
        assert printed.decode().startswith(f"The worker cannot start: {LOOPBACK} port {port} cannot be listened on")
        assert len(printed.splitlines()) == 1
