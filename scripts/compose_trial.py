"""Tries the compose file for real: brings it up, breaks it while it is used, and checks that nothing was lost.

    .venv/bin/python -m scripts.compose_trial [--proxy] [--compose "docker compose"] [--engine docker]

A project of its own with secrets, volumes and image tags of its own; all but the images is removed at the end. It runs
the split test through the deployment, scales to two API containers and three workers, then, under constant reads and
with jobs waiting: restarts every API container and worker one after the other, kills one of each, and restarts MongoDB.
Takes some minutes; exit code 0 when all of this went as it should.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).resolve().parents[1]
FILES = (ROOT / "docker-compose.split-services.yml", ROOT / "scripts" / "compose_trial.yml")
PROJECT = "blogqa-trial"
SITE = "site:8000"
ARTICLES = tuple(sorted(path.name for path in (ROOT / "api_service" / "demo" / "articles").glob("*.html")))
API_PORT = 8005
PROXY_PORT = 8080

_READY_S = 180.0
_DONE_S = 900.0
_SETTLE_S = 10.0
_REQUEST_S = 20.0


class TrialFailed(Exception):
    """Something is not as it should be."""


def require(condition: bool, otherwise: str) -> None:
    """Ends the trial unless the condition holds."""
    if not condition:
        raise TrialFailed(otherwise)


def say(text: str) -> None:
    """Tells whoever runs this how far it is."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


class Deployment:
    """The compose project of one trial.

    Args:
        compose: Command line of Compose, e.g. ``docker compose``.
        engine: Command of the container engine, e.g. ``docker``.
        env_file: The project's ``.env``.
        proxy: Whether reads go through the proxy.
    """

    def __init__(self, compose: Sequence[str], engine: str, env_file: Path, *, proxy: bool) -> None:
        profile = ["--profile", "proxy"] if proxy else []
        files = itertools.chain.from_iterable(("--file", str(path)) for path in FILES)
        self._compose = [*compose, "--env-file", str(env_file), "-p", PROJECT, *profile, *files]
        self._engine = engine
        self._env_file = env_file
        self.proxy = proxy

    def set(self, name: str, value: str) -> None:
        """Adds a line to the project's ``.env``."""
        with self._env_file.open("a") as file:
            file.write(f"{name}={value}\n")

    def compose(self, *arguments: str) -> str:
        """Runs a command of Compose and returns what it printed."""
        return _run([*self._compose, *arguments])

    def engine(self, *arguments: str) -> str:
        """Runs a command of the engine and returns what it printed."""
        return _run([self._engine, *arguments])

    def restart(self, *containers: str) -> None:
        """Ends containers by SIGTERM and starts them again."""
        self.engine("stop", "--time", "60", *containers)
        self.engine("start", *containers)

    def containers(self, service: str) -> list[str]:
        """Ids of a service's running containers."""
        labels = (f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={service}")
        filters = itertools.chain.from_iterable(("--filter", f"label={label}") for label in labels)
        return sorted(self.engine("ps", "--quiet", *filters).split())

    def addresses(self) -> list[str]:
        """Where the API can be reached: by the proxy, or at each of its containers."""
        if self.proxy:
            return [f"http://127.0.0.1:{PROXY_PORT}"]
        ports = [self.engine("port", each, str(API_PORT)).split()[-1] for each in self.containers("api")]
        return [f"http://{port}" for port in ports]


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise TrialFailed(f"{shlex.join(command[-6:])} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


class Client:
    """Talks to the deployment as a publisher and as its operator.

    What a load balancer does, it does without a proxy: an address that does not answer is passed over.
    """

    def __init__(self, deployment: Deployment, admin_key: str) -> None:
        self._deployment = deployment
        self._http = httpx2.Client(timeout=_REQUEST_S, trust_env=False)
        self.admin_key = admin_key
        self.api_key = ""
        self.passed_over = 0
        self.addresses: list[str] = []
        self._turn = 0

    def look_again(self) -> None:
        """Notices which API containers there are now."""
        self.addresses = self._deployment.addresses()

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """One request; any answer counts, and only when nobody answers it is an error."""
        headers = {"X-Admin-Key": self.admin_key} | ({"X-API-Key": self.api_key} if self.api_key else {})
        addresses = self.addresses
        problems = []
        for _ in addresses:
            self._turn += 1
            address = addresses[self._turn % len(addresses)]
            try:
                return self._http.request(method, address + path, headers=headers, **options)
            except httpx2.TransportError as exc:
                self.passed_over += 1
                problems.append(f"{address} {type(exc).__name__}: {exc}")
        raise TrialFailed(f"{method} {path}: no API container answers ({', '.join(problems)})")

    def json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """One request that must succeed, tried again for a while when it does not."""
        deadline = time.monotonic() + _READY_S
        while True:
            with contextlib.suppress(TrialFailed):
                response = self.send(method, path, **options)
                if response.is_success:
                    body: dict[str, Any] = response.json()
                    return body
                require(response.status_code >= 500, f"{method} {path}: {response.status_code} {response.text}")
            if time.monotonic() > deadline:
                raise TrialFailed(f"{method} {path} did not succeed within {_READY_S:g} s")
            time.sleep(0.5)


class Readers:
    """Reads pages' questions without pause and counts what comes back.

    By turns as the widget does, which a proxy may answer from its cache, and as nobody but the API can answer.
    """

    def __init__(self, client: Client, pages: Sequence[str]) -> None:
        self._client = client
        self._pages = itertools.cycle(pages)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="readers")
        self.outcomes: Counter[str] = Counter()

    def __enter__(self) -> Readers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._stop.is_set():
            page = next(self._pages)
            for kind, path, options in (
                ("widget's", "check-and-load", {}),
                ("uncached", "by-url", {"randomize": "true"}),
            ):
                try:
                    response = self._client.send(
                        "GET", f"/api/v1/questions/{path}", params={"blog_url": page} | options
                    )
                    self.outcomes[f"{kind} {response.status_code}"] += 1
                except Exception as exc:
                    self.outcomes[f"{kind} {type(exc).__name__}: {exc}"] += 1
                self._stop.wait(0.01)


@contextlib.contextmanager
def running(arguments: argparse.Namespace) -> Iterator[tuple[Deployment, Client]]:
    """Brings the deployment up, and takes it down with everything it stored, whatever happens in between."""
    admin_key = secrets.token_hex(24)
    env = {
        "BLOGQA_MONGO_ROOT_PASSWORD": secrets.token_hex(24),
        "BLOGQA_MONGO_PASSWORD": secrets.token_hex(24),
        "BLOGQA_ADMIN_KEY": admin_key,
        "BLOGQA_IMAGE_TAG": "trial",
        "BLOGQA_API_PUBLISH": "127.0.0.1:",
        "BLOGQA_ALLOWED_PRIVATE_HOSTS": SITE,
        "BLOGQA_PROXY_HTTP": f"127.0.0.1:{PROXY_PORT}",
        "BLOGQA_PROXY_HTTPS": "127.0.0.1:",
    }
    with tempfile.TemporaryDirectory() as folder:
        env_file = Path(folder) / ".env"
        env_file.touch(mode=0o600)
        deployment = Deployment(shlex.split(arguments.compose), arguments.engine, env_file, proxy=arguments.proxy)
        for name, value in env.items():
            deployment.set(name, value)
        say("checking the compose file, building the images")
        deployment.compose("config", "--quiet")
        deployment.compose("down", "--volumes")  # What an interrupted trial may have left.
        began = time.monotonic()
        deployment.compose("build")
        say(f"built in {time.monotonic() - began:.0f} s")
        try:
            began = time.monotonic()
            deployment.compose("up", "--detach")
            client = Client(deployment, admin_key)
            client.look_again()
            client.json("GET", "/health/ready")
            _wait_for_a_worker(client)
            say(f"up and ready after {time.monotonic() - began:.0f} s")
            yield deployment, client
        finally:
            say("taking it down")
            deployment.compose("down", "--volumes")


def _wait_for_a_worker(client: Client) -> None:
    deadline = time.monotonic() + _READY_S
    while client.json("GET", "/health")["status"] != "ok":
        require(time.monotonic() < deadline, f"no worker showed up within {_READY_S:g} s")
        time.sleep(0.5)


def check_hardening(deployment: Deployment) -> None:
    """No service runs as root or can write to its file system, and there are no compilers in ours."""
    for service in ("api", "worker", "mongo", *(["proxy"] if deployment.proxy else [])):
        for container in deployment.containers(service):
            found = json.loads(deployment.engine("inspect", container))[0]
            require(found["HostConfig"]["ReadonlyRootfs"], f"{service}: the root file system is not read-only")
            require(deployment.engine("exec", container, "id", "-u").strip() != "0", f"{service} runs as root")
            probe = "! touch /x /usr/x 2>/dev/null && touch /tmp/x"
            if service in ("api", "worker"):
                # dash looks at the first of several names only.
                probe = " && ".join([probe, *(f"! command -v {name}" for name in ("gcc", "cc", "make"))])
            deployment.engine("exec", container, "sh", "-c", probe)
    say("containers: not root, read-only, no compilers in ours")


def split_test(client: Client, page: str) -> None:
    """The split test, through the deployment."""
    say("the split test")
    environ = os.environ | {"BLOGQA_API_KEY": client.api_key, "BLOGQA_ADMIN_KEY": client.admin_key}
    command = [str(ROOT / "test_split_architecture.sh"), "--smoke", client.addresses[0], "--page", page]
    done = subprocess.run(command, env=environ, check=False)  # noqa: S603 - ours
    require(done.returncode == 0, "the split test failed")


def hand_in(client: Client, edition: int) -> list[str]:
    """Has every article processed as a page of its own, and returns the jobs that were accepted."""
    pages = [f"http://{SITE}/articles/{name}?edition={edition}" for name in ARTICLES]
    accepted = client.json("POST", "/api/v1/jobs/process-batch", json={"blog_urls": pages})["jobs"]
    require(all(each["status"] == "accepted" for each in accepted), f"not all pages were accepted: {accepted}")
    return [each["job_id"] for each in accepted]


def wait_for(client: Client, jobs: Sequence[str]) -> list[dict[str, Any]]:
    """Waits until every job has completed."""
    deadline = time.monotonic() + _DONE_S
    waiting, done = list(jobs), []
    while waiting:
        require(time.monotonic() < deadline, f"{len(waiting)} of {len(jobs)} jobs did not end in {_DONE_S:g} s")
        job = client.json("GET", f"/api/v1/jobs/status/{waiting[0]}")
        if job["state"] in ("queued", "processing"):
            time.sleep(1)
            continue
        require(job["state"] == "completed", f"a job was lost: {job}")
        done.append(job)
        waiting.pop(0)
    return done


def restart_one_by_one(deployment: Deployment, client: Client) -> None:
    """Restarts every API container and every worker by SIGTERM, each when the one before is back."""
    for service in ("api", "worker"):
        for container in deployment.containers(service):
            deployment.restart(container)
            client.look_again()
            if service == "api":
                _wait_until_it_answers(deployment, container)
        say(f"restarted every {service}, one by one")


def _wait_until_it_answers(deployment: Deployment, container: str) -> None:
    probe = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{API_PORT}/health/ready')"
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            deployment.engine("exec", container, "python", "-S", "-c", probe)
            return
        except TrialFailed:
            require(time.monotonic() < deadline, "an API container is not ready")
            time.sleep(0.5)


def kill_one_of_each(deployment: Deployment, client: Client) -> None:
    """Kills an API container and a worker that has work, and starts them again a while later."""
    killed = [deployment.containers(service)[0] for service in ("api", "worker")]
    for container in killed:
        deployment.engine("kill", container)
    client.look_again()
    time.sleep(_SETTLE_S)
    for container in killed:
        deployment.engine("start", container)
    client.look_again()
    _wait_until_it_answers(deployment, killed[0])
    say("killed one API container and one worker, and started them again")


def restart_mongo(deployment: Deployment) -> None:
    """Restarts the only database."""
    deployment.restart(*deployment.containers("mongo"))
    say("restarted MongoDB")


def break_it(deployment: Deployment, client: Client) -> None:
    """Everything that may happen to a deployment in use.

    Raises:
        TrialFailed: A read failed, or a job was lost or lost an attempt that it should not have.
    """
    settled = wait_for(client, hand_in(client, 1))
    pages = [job["blog_url"] for job in settled]
    deployment.set("BLOGQA_API_REPLICAS", "2")
    deployment.set("BLOGQA_WORKER_REPLICAS", "3")
    deployment.compose("up", "--detach")
    client.look_again()
    workers = len(deployment.containers("worker"))
    require((len(deployment.containers("api")), workers) == (2, 3), "Compose did not scale to two APIs, three workers")
    for container in deployment.containers("api"):
        _wait_until_it_answers(deployment, container)
    say("scaled to two API containers and three workers")
    _show_every_page(client, pages)
    with Readers(client, pages) as readers:
        gently = hand_in(client, 2) + hand_in(client, 3)
        restart_one_by_one(deployment, client)
        ended = wait_for(client, gently)
        burned = [job for job in ended if job["attempt"] != 1 or job["errors"]]
        require(not burned, f"restarts cost attempts: {burned[:2]}")
        say(f"{len(ended)} jobs went through the restarts, each in its first attempt; reads: {dict(readers.outcomes)}")
        roughly = hand_in(client, 4) + hand_in(client, 5)
        kill_one_of_each(deployment, client)
        _show_every_page(client, pages)
        restart_mongo(deployment)
        roughly += hand_in(client, 6)
        ended = wait_for(client, roughly)
        again = sum(job["attempt"] > 1 for job in ended)
        say(f"{len(ended)} jobs went through the crashes, {again} of them in a later attempt")
    say(f"reads: {dict(readers.outcomes)}; passed over to another container: {client.passed_over}")
    require(set(readers.outcomes) == {"widget's 200", "uncached 200"}, f"reads failed: {dict(readers.outcomes)}")


def _show_every_page(client: Client, pages: Sequence[str]) -> None:
    """Reads every page often enough that every API container has seen it, and can do without MongoDB for a while."""
    for _ in range(2 * len(pages)):
        for page in pages:
            client.json("GET", "/api/v1/questions/by-url", params={"blog_url": page, "randomize": "true"})


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Tries the compose file for real; see the module's docstring.")
    parser.add_argument("--proxy", action="store_true", help="read through the proxy, and start it")
    parser.add_argument("--compose", default="docker compose", help="command of Compose (default: %(default)s)")
    parser.add_argument("--engine", default="docker", help="command of the container engine (default: %(default)s)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Runs the trial; 0 when it passed, 1 after a sentence about what did not."""
    try:
        with running(parsed(arguments)) as (deployment, client):
            check_hardening(deployment)
            onboarded = client.json("POST", "/api/v1/publishers", json={"name": "Trial", "domains": [SITE]})
            client.api_key = onboarded["key"]
            say(deployment.engine("exec", deployment.containers("api")[0], "blogqa", "doctor").rstrip())
            split_test(client, f"http://{SITE}/articles/{ARTICLES[0]}")
            break_it(deployment, client)
    except TrialFailed as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    say("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
