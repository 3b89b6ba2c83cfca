"""The queue itself: claims and completions a second, with and without a long history."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measuring import measure, table
from local_stack.mongod import Mongod
from shared.data.database import Database, open_database
from shared.data.job_repository import COLLECTION, JobRepository
from shared.data.schema import prepare
from shared.models.job_queue import JobResult

JOBS = 1_000
HISTORY = 200_000
_RESULT = JobResult(questions=1, version=1, engine="extractive")


async def _enqueue(jobs: JobRepository, run: str) -> None:
    for number in range(JOBS):
        url = f"https://example.com/{run}/{number}"
        await jobs.enqueue(publisher_id="p", blog_id=f"{run}-{number}", url=url, normalized_url=url)


async def _bare_update(database: Database, number: int) -> None:
    await database["bare"].find_one_and_update({"_id": number}, {"$set": {"state": "processing"}}, upsert=True)


async def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with Mongod.start(root / "data", log_path=root / "mongod.log") as mongod:
            async with open_database(mongod.url, "benchmark", app_name="benchmark") as database:
                await prepare(database)
                jobs = JobRepository(database)
                bare = await measure(
                    "find-and-modify by _id", lambda number: _bare_update(database, number), calls=JOBS, concurrency=4
                )

                async def turn(_: int) -> None:
                    claimed = await jobs.claim(worker="benchmark")
                    if claimed is None:
                        raise AssertionError("the queue ran empty")
                    await jobs.complete(claimed, _RESULT)

                async def claim_only(_: int) -> None:
                    if await jobs.claim(worker="benchmark") is None:
                        raise AssertionError("the queue ran empty")

                await _enqueue(jobs, "fresh")
                fresh = await measure("claim + complete, no history", turn, calls=JOBS, concurrency=4)
                finished = {"state": "completed", "publisher_id": "p", "blog_id": "old", "priority": 1, "errors": []}
                for batch in range(HISTORY // 20_000):
                    await database[COLLECTION].insert_many(
                        [{"_id": f"{batch}-{number}", **finished} for number in range(20_000)], ordered=False
                    )
                await _enqueue(jobs, "late")
                late = await measure(f"claim + complete, {HISTORY:,} finished", turn, calls=JOBS, concurrency=4)
                await _enqueue(jobs, "only")
                claims = await measure(f"claim, {HISTORY:,} finished", claim_only, calls=JOBS, concurrency=4)
    print(table([(fresh, bare), (late, fresh), (claims, bare)]))
