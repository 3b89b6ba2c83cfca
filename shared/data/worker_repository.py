"""Which workers are alive: what ``/health`` and diagnostics report, and nothing that the queue depends on."""

from __future__ import annotations

from typing import Final

from pymongo import ASCENDING, IndexModel

from shared.data.database import Database, Document, maps_mongo_errors
from shared.models.job_queue import utc_age_s
from shared.models.worker import WorkerBeat, WorkerStatus

COLLECTION: Final = "workers"

INDEXES: Final = (
    # Workers that died are forgotten after a day; statuses(): the most recent ones.
    IndexModel([("beat_at", ASCENDING)], name="forget", expireAfterSeconds=86_400),
)


class WorkerRepository:
    """All reads and writes of ``workers``."""

    def __init__(self, database: Database) -> None:
        self._workers = database[COLLECTION]

    @maps_mongo_errors
    async def beat(self, worker: WorkerBeat) -> None:
        """Records that the worker is alive, by the server's clock."""
        fields = worker.model_dump(mode="json", exclude={"name"})
        pipeline = [{"$set": {key: {"$literal": value} for key, value in fields.items()} | {"beat_at": "$$NOW"}}]
        found = await self._workers.update_one({"_id": worker.name}, pipeline)
        if not found.matched_count:
            # Not at once: a heartbeat given up by a stop may arrive after ``leave``, and would list the worker again.
            await self._workers.update_one({"_id": worker.name}, pipeline, upsert=True)

    @maps_mongo_errors
    async def leave(self, name: str) -> None:
        """Forgets a worker that stops in good order."""
        await self._workers.delete_one({"_id": name})

    @maps_mongo_errors
    async def statuses(self) -> list[WorkerStatus]:
        """Every worker that was alive during the last day, most recent heartbeat first."""
        pipeline: list[Document] = [{"$sort": {"beat_at": -1}}, {"$limit": 100}, {"$set": {"now": "$$NOW"}}]
        return [
            WorkerStatus(
                name=document["_id"],
                engine=document["engine"],
                slots=document["slots"],
                running=document["running"],
                version=document.get("version"),
                heartbeat_age_s=utc_age_s(document["now"], document["beat_at"]),
            )
            async for document in await self._workers.aggregate(pipeline)
        ]
