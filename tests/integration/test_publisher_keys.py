"""Publishers' keys: given, rotated, ended, remembered, and never logged."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest

from api_service.services.publisher_directory import PublisherDirectory
from shared.data.database import Database
from shared.data.publisher_repository import COLLECTION, MAX_KEYS, PublisherRepository, hash_key, new_key
from shared.errors import Conflict, DatabaseUnavailable
from tests.conftest import ADMIN_KEY, Api
from tests.integration.operating import PUBLISHERS, Operator
from tests.integration.problems import assert_problem

DAY_S = 86_400


class TestKeys:
    async def test_from_onboarding_to_disabling_and_back(self, operator: Operator) -> None:
        created, first = await operator.onboard("Bakery", "bakery.example")
        assert (await operator.process(first)).status_code == 202
        elsewhere = "https://shop.example/rolls"
        assert_problem(await operator.process(first, elsewhere), 403, "host_forbidden")
        changed = await operator.change("Bakery", domains=["bakery.example", "shop.example"])
        assert changed.json() == {**created, "domains": ["bakery.example", "shop.example"]}
        assert (await operator.process(first, elsewhere)).status_code == 202
        second = await operator.rotate("Bakery")
        assert second != first
        for key in (first, second):
            assert (await operator.process(key)).status_code == 202
        third = await operator.rotate("Bakery", overlap_s=0)
        for key in (first, second):
            assert_problem(await operator.process(key), 401, "unauthorized")
        assert (await operator.process(third)).status_code == 202
        assert (await operator.change("Bakery", disabled=True)).json()["disabled"] is True
        assert_problem(await operator.process(third), 403, "access_denied")
        assert (await operator.change(created["id"], disabled=False, name="Baker")).json()["name"] == "Baker"
        assert (await operator.process(third)).status_code == 202

    async def test_older_keys_end_after_the_overlap_and_never_later_than_was_said(self, operator: Operator) -> None:
        await operator.onboard()

        async def ends() -> list[float | None]:
            keys = (await operator.client.get(f"{PUBLISHERS}/Bakery")).json()["keys"]
            return [days_until(key["ends_at"]) for key in keys]

        response = await operator.client.post(f"{PUBLISHERS}/Bakery/rotate-key")
        assert response.headers["cache-control"] == "no-store"
        assert await ends() == [None, 7]
        await operator.rotate("Bakery", overlap_s=30 * DAY_S)
        assert await ends() == [None, 30, 7]
        await operator.rotate("Bakery", overlap_s=DAY_S)
        assert await ends() == [None, 1, 1, 1]
        await operator.rotate("Bakery", overlap_s=0)
        assert await ends() == [None]

    async def test_too_many_keys_at_once_are_refused_with_what_to_do(self, operator: Operator) -> None:
        _, key = await operator.onboard()
        for _ in range(MAX_KEYS - 1):
            await operator.rotate("Bakery")
        refused = await operator.client.post(f"{PUBLISHERS}/Bakery/rotate-key", json={})
        assert "overlap_s 0" in assert_problem(refused, 409, "conflict")["detail"]
        assert (await operator.process(key)).status_code == 202
        await operator.rotate("Bakery", overlap_s=0)
        await operator.rotate("Bakery")

    @pytest.mark.parametrize("overlap_s", [-1, 30 * DAY_S + 1, 0.5, "60", None])
    async def test_an_overlap_is_seconds_up_to_30_days(self, operator: Operator, overlap_s: object) -> None:
        await operator.onboard()
        response = await operator.client.post(f"{PUBLISHERS}/Bakery/rotate-key", json={"overlap_s": overlap_s})
        assert_problem(response, 422, "invalid_request")

    async def test_ended_keys_are_refused_and_forgotten_with_the_next_rotation(
        self, operator: Operator, api: Api
    ) -> None:
        created, first = await operator.onboard()
        second = await operator.rotate("Bakery", overlap_s=60)
        await end(api.database, first)
        assert_problem(await operator.process(first), 401, "unauthorized")
        assert len((await operator.client.get(f"{PUBLISHERS}/Bakery")).json()["keys"]) == 1
        third = await operator.rotate("Bakery", overlap_s=60)
        stored = await api.database[COLLECTION].find_one({"_id": created["id"]})
        assert stored is not None
        assert stored["key_hashes"] == [hash_key(second), hash_key(third)]
        assert list(stored["key_ends"]) == [hash_key(second)]

    async def test_of_two_rotations_at_once_neither_loses_its_key(self, database: Database) -> None:
        repository = PublisherRepository(database)
        made = await repository.create(name="Bakery", domains=["bakery.example"], key=new_key())
        keys = [new_key() for _ in range(4)]
        outcomes = await asyncio.gather(
            *(repository.rotate(made.id, key=key, overlap_s=60) for key in keys), return_exceptions=True
        )
        for key, outcome in zip(keys, outcomes, strict=True):
            found = await repository.find_by_key(key)
            assert isinstance(outcome, Conflict) if found is None else found[0].id == made.id
        assert any(not isinstance(outcome, Conflict) for outcome in outcomes)

    async def test_keys_of_publishers_from_before_there_was_rotation_go_on_working(
        self, operator: Operator, api: Api
    ) -> None:
        old = {"_id": "5" * 24, "name": "Old", "domains": ["bakery.example"], "disabled": False}
        keys = [new_key(), new_key()]
        hashes = [hash_key(key) for key in keys]
        await api.database[COLLECTION].insert_one({**old, "created_at": datetime.now(UTC), "key_hashes": hashes})
        for key in keys:
            assert (await operator.process(key)).status_code == 202
        assert (await operator.client.get(f"{PUBLISHERS}/Old")).json()["keys"] == [{"ends_at": None}] * 2
        await operator.rotate("Old", overlap_s=60)
        for key in keys:
            assert (await operator.process(key)).status_code == 202

    async def test_a_look_up_by_key_reads_one_document(self, database: Database) -> None:
        repository = PublisherRepository(database)
        for number in range(20):
            await repository.create(name=f"P{number}", domains=["a.example"], key=new_key())
        plan = await database.command(
            {
                "explain": {"find": COLLECTION, "filter": {"key_hashes": hash_key("pub_x")}},
                "verbosity": "executionStats",
            }
        )
        assert plan["executionStats"]["totalDocsExamined"] == 0
        assert plan["executionStats"]["totalKeysExamined"] <= 1


def days_until(time: str | None) -> float | None:
    return (
        None if time is None else round((datetime.fromisoformat(time) - datetime.now(UTC)).total_seconds() / DAY_S, 1)
    )


async def end(database: Database, key: str) -> None:
    """Lets a key that has an end come to it, by the server's clock."""
    field = f"key_ends.{hash_key(key)}"
    ended = await database[COLLECTION].update_one({field: {"$exists": True}}, [{"$set": {field: "$$NOW"}}])
    assert ended.modified_count == 1


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Counting(PublisherRepository):
    """A repository that counts look-ups, and can be away."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.asked = 0
        self.away = False

    async def find_by_key(self, key: str) -> Any:
        self.asked += 1
        if self.away:
            raise DatabaseUnavailable("away")
        return await super().find_by_key(key)


class TestDirectory:
    """Publishers are remembered for ten seconds, keys not beyond their end."""

    async def test_a_change_is_noticed_within_ten_seconds(self, database: Database) -> None:
        repository, clock, key = Counting(database), Clock(), new_key()
        directory = PublisherDirectory(repository, clock=clock)
        made = await repository.create(name="Bakery", domains=["bakery.example"], key=key)
        assert await directory.find(key) == made
        await repository.change(made.id, {"disabled": True})
        await repository.rotate(made.id, key=new_key(), overlap_s=60)
        clock.now += 9.9
        assert await directory.find(key) == made
        assert repository.asked == 1
        clock.now += 0.2
        found = await directory.find(key)
        assert found is not None
        assert found.disabled
        await repository.rotate(made.id, key=new_key(), overlap_s=0)
        clock.now += 10.1
        assert await directory.find(key) is None

    async def test_a_key_is_refused_from_the_moment_it_ends(self, database: Database) -> None:
        repository, clock, key = Counting(database), Clock(), new_key()
        directory = PublisherDirectory(repository, clock=clock)
        made = await repository.create(name="Bakery", domains=["bakery.example"], key=key)
        await repository.rotate(made.id, key=new_key(), overlap_s=3_600)
        clock.now += 3_590
        await end_in(database, key, 5)
        assert await directory.find(key) is not None
        await end(database, key)
        clock.now += 5.1
        assert await directory.find(key) is None

    async def test_a_key_that_ends_while_the_database_is_away_is_refused_too(self, database: Database) -> None:
        repository, clock, key, other = Counting(database), Clock(), new_key(), new_key()
        directory = PublisherDirectory(repository, clock=clock)
        made = await repository.create(name="Bakery", domains=["bakery.example"], key=key)
        await repository.rotate(made.id, key=other, overlap_s=60)
        assert await directory.find(key) is not None
        assert await directory.find(other) is not None
        repository.away = True
        clock.now += 50
        assert await directory.find(key) is not None
        clock.now += 11
        with pytest.raises(DatabaseUnavailable):
            await directory.find(key)
        assert await directory.find(other) is not None

    async def test_what_this_process_changes_it_notices_at_once(self, database: Database) -> None:
        repository, key, kept = Counting(database), new_key(), new_key()
        directory = PublisherDirectory(repository, clock=Clock())
        made = await repository.create(name="Bakery", domains=["bakery.example"], key=key)
        await repository.create(name="Butcher", domains=["butcher.example"], key=kept)
        await directory.find(key)
        await directory.find(kept)
        await repository.change(made.id, {"name": "Baker"})
        directory.forget(made.id)
        found = await directory.find(key)
        assert found is not None
        assert found.name == "Baker"
        await directory.find(kept)
        assert repository.asked == 3


async def end_in(database: Database, key: str, seconds: float) -> None:
    field = f"key_ends.{hash_key(key)}"
    change = [{"$set": {field: {"$add": ["$$NOW", seconds * 1_000]}}}]
    assert (await database[COLLECTION].update_one({field: {"$exists": True}}, change)).modified_count == 1


class TestLogs:
    async def test_no_log_names_a_key_whatever_happens_to_it(self, log: StringIO, operator: Operator) -> None:
        _, first = await operator.onboard()
        second = await operator.rotate("Bakery")
        third = await operator.rotate("Bakery", overlap_s=0)
        for key in (first, second, third):
            await operator.process(key)
        await operator.client.post(PUBLISHERS, json={"name": "Bakery", "domains": ["a.example"], "key": third})
        await operator.client.get(f"{PUBLISHERS}/{third}")
        await operator.change("Bakery", disabled=True)
        await operator.process(third)
        written = log.getvalue()
        assert "/publishers/{id_or_name}/rotate-key" in written
        for key in (first, second, third, ADMIN_KEY):
            assert key not in written
            assert hash_key(key) not in written
