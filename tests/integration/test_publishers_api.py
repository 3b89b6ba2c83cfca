"""The operator's calls on publishers: onboarding, changes, usage."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from shared.data.publisher_repository import COLLECTION, hash_key
from shared.data.usage_repository import COLLECTION as USAGE
from shared.data.usage_repository import UsageRepository
from shared.models.usage import Prices, Purpose, Usage
from tests.conftest import Api
from tests.integration.operating import PUBLISHERS, Operator
from tests.integration.problems import assert_problem

UNKNOWN = "0" * 24


class TestOnboarding:
    async def test_a_new_publisher_gets_an_id_and_a_key_that_is_shown_once(self, operator: Operator, api: Api) -> None:
        body = {"name": " Bäckerei ", "domains": ["Bäckerei.example", "xn--bckerei-5wa.example.", "localhost:8005"]}
        response = await operator.client.post(PUBLISHERS, json=body)
        assert response.status_code == 201
        assert response.headers["cache-control"] == "no-store"
        created = response.json()["publisher"]
        assert response.headers["location"] == f"{PUBLISHERS}/{created['id']}"
        assert created == {
            "id": created["id"],
            "name": "Bäckerei",
            "domains": ["xn--bckerei-5wa.example", "localhost:8005"],
            "disabled": False,
            "created_at": created["created_at"],
            "keys": [{"ends_at": None}],
        }
        key = response.json()["key"]
        assert key.startswith("pub_")
        for path in (response.headers["location"], PUBLISHERS):
            shown = await operator.client.get(path)
            assert shown.headers["cache-control"] == "no-store"
            assert key not in shown.text
            assert hash_key(key) not in shown.text
        assert key not in str(await api.database[COLLECTION].find().to_list())

    async def test_a_taken_name_is_a_conflict(self, operator: Operator) -> None:
        await operator.onboard("Bakery")
        again = await operator.client.post(PUBLISHERS, json={"name": "Bakery", "domains": ["other.example"]})
        assert "'Bakery' is taken" in assert_problem(again, 409, "conflict")["detail"]
        await operator.onboard("Butcher", "butcher.example")
        renamed = await operator.change("Butcher", name="Bakery", domains=["changed.example"])
        assert "'Bakery' is taken" in assert_problem(renamed, 409, "conflict")["detail"]
        assert (await operator.client.get(f"{PUBLISHERS}/Butcher")).json()["domains"] == ["butcher.example"]

    async def test_of_two_at_once_with_the_same_name_one_is_taken_on(self, operator: Operator, api: Api) -> None:
        body = {"name": "Bakery", "domains": ["bakery.example"]}
        answers = await asyncio.gather(*(operator.client.post(PUBLISHERS, json=body) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        assert await api.database[COLLECTION].count_documents({"name": "Bakery"}) == 1

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"name": "", "domains": ["a.example"]}, "invalid_input"),
            ({"name": "a/b", "domains": ["a.example"]}, "invalid_input"),
            ({"name": UNKNOWN, "domains": ["a.example"]}, "invalid_input"),
            ({"name": "\ud800", "domains": ["a.example"]}, "invalid_input"),
            ({"name": "A", "domains": ["\ud800.example"]}, "invalid_input"),
            ({"name": "A", "domains": []}, "invalid_input"),
            ({"name": "A", "domains": ["https://a.example/"]}, "invalid_input"),
            ({"name": "A", "domains": "a.example"}, "invalid_request"),
            ({"name": "A", "domains": [{"$ne": 1}]}, "invalid_request"),
            ({"name": {"$ne": 1}, "domains": ["a.example"]}, "invalid_request"),
            ({"name": "A"}, "invalid_request"),
            ({"name": "A", "domains": ["a.example"], "key": "pub_mine"}, "invalid_request"),
        ],
    )
    async def test_a_bad_request_is_refused_and_leaves_nothing(
        self, operator: Operator, api: Api, body: object, code: str
    ) -> None:
        content, typed = json.dumps(body).encode(), {"Content-Type": "application/json"}
        assert_problem(await operator.client.post(PUBLISHERS, content=content, headers=typed), 422, code)
        assert await api.database[COLLECTION].count_documents({}) == 1

    async def test_a_bad_change_is_refused_and_changes_nothing(self, operator: Operator) -> None:
        created, _ = await operator.onboard()
        for changes, code in (
            ({}, "invalid_input"),
            ({"name": None}, "invalid_input"),
            ({"domains": []}, "invalid_input"),
            ({"name": "a/b"}, "invalid_input"),
            ({"disabled": "yes"}, "invalid_request"),
            ({"key_hashes": []}, "invalid_request"),
        ):
            assert_problem(await operator.client.patch(f"{PUBLISHERS}/Bakery", json=changes), 422, code)
        assert (await operator.client.get(f"{PUBLISHERS}/Bakery")).json() == created


class TestNaming:
    @pytest.mark.parametrize("name", ["Bakery", "Bäckerei & Söhne", "50 % off?", "a#b", "例え", "usage", "%2F", "a\\b"])
    async def test_a_publisher_is_found_by_id_and_by_name(self, operator: Operator, name: str) -> None:
        created, _ = await operator.onboard(name)
        for named in (created["id"], quote(name, safe="")):
            assert (await operator.client.get(f"{PUBLISHERS}/{named}")).json() == created
            assert (await operator.client.get(f"{PUBLISHERS}/{named}/usage")).json()["publisher_id"] == created["id"]

    async def test_a_name_that_looks_like_an_id_never_stands_in_for_it(self, operator: Operator, api: Api) -> None:
        created, _ = await operator.onboard()
        await api.database[COLLECTION].update_one({"_id": api.publisher.id}, {"$set": {"name": created["id"]}})
        assert (await operator.client.get(f"{PUBLISHERS}/{created['id']}")).json() == created

    @pytest.mark.parametrize("named", [UNKNOWN, "Nobody", "%00", "%FF", "$ne", "a" * 5_000])
    async def test_an_unknown_publisher_is_a_404(self, operator: Operator, named: str) -> None:
        for call in (
            operator.client.get(f"{PUBLISHERS}/{named}"),
            operator.change(named, disabled=True),
            operator.client.post(f"{PUBLISHERS}/{named}/rotate-key", json={}),
            operator.client.get(f"{PUBLISHERS}/{named}/usage"),
        ):
            assert len(assert_problem(await call, 404, "not_found")["detail"]) < 600

    async def test_all_are_listed_page_by_page(self, operator: Operator) -> None:
        names = [f"P{number}" for number in range(5)]
        for name in names:
            await operator.onboard(name)
        listed: list[str] = []
        params: dict[str, Any] = {"limit": 2}
        while True:
            page = (await operator.client.get(PUBLISHERS, params=params)).json()
            listed += [publisher["name"] for publisher in page["publishers"]]
            if page["next_cursor"] is None:
                break
            params["cursor"] = page["next_cursor"]
        assert listed == [*reversed(names), "Test"]


class TestAccess:
    async def test_only_the_operator_may(self, api: Api) -> None:
        named = f"{PUBLISHERS}/{api.publisher.id}"
        for method, path in (
            ("POST", PUBLISHERS),
            ("GET", PUBLISHERS),
            ("GET", named),
            ("PATCH", named),
            ("POST", f"{named}/rotate-key"),
            ("GET", f"{named}/usage"),
        ):
            assert_problem(await api.client.request(method, path, json={}), 401, "unauthorized")

    @pytest.mark.parametrize(
        ("method", "headers"), [("PATCH", ""), ("GET", "x-admin-key"), ("POST", "content-type,x-admin-key")]
    )
    async def test_browsers_are_told_that_no_page_may(self, api: Api, method: str, headers: str) -> None:
        asked = {"Origin": "https://example.com", "Access-Control-Request-Method": method}
        if headers:
            asked["Access-Control-Request-Headers"] = headers
        preflight = await api.client.options(f"{PUBLISHERS}/{api.publisher.id}", headers=asked)
        assert preflight.status_code == 400
        assert "PATCH" not in preflight.headers["access-control-allow-methods"]
        assert "admin" not in preflight.headers["access-control-allow-headers"].lower()


class TestUsage:
    async def test_days_are_shown_newest_first_by_purpose(self, operator: Operator, api: Api) -> None:
        created, _ = await operator.onboard()
        usage = UsageRepository(api.database, prices=Prices(prompt=1, completion=10))
        await usage.add(created["id"], Purpose.DRAFT, Usage(prompt_tokens=1_000_000, completion_tokens=100_000))
        await usage.add(api.publisher.id, Purpose.ASK, Usage(prompt_tokens=9))
        today = datetime.now(UTC).date()
        for age in (1, 29, 30, 399, 400):
            document = {"publisher_id": created["id"], "day": (today - timedelta(days=age)).isoformat()}
            counted = {"calls": 1, "prompt_tokens": age, "completion_tokens": 0, "cost_usd": 0.0}
            await api.database[USAGE].insert_one({**document, "ask": counted, "changed_at": datetime.now(UTC)})
        shown = (await operator.client.get(f"{PUBLISHERS}/Bakery/usage")).json()
        assert shown["publisher_id"] == created["id"]
        assert [day["ask"]["prompt_tokens"] for day in shown["days"]] == [0, 1, 29]
        assert shown["days"][0]["draft"] == {
            "calls": 1,
            "prompt_tokens": 1_000_000,
            "completion_tokens": 100_000,
            "cost_usd": 2.0,
        }
        year = (await operator.client.get(f"{PUBLISHERS}/Bakery/usage", params={"days": 400})).json()
        assert [day["ask"]["prompt_tokens"] for day in year["days"]] == [0, 1, 29, 30, 399]

    @pytest.mark.parametrize("days", ["0", "401", "-1", "x"])
    async def test_days_are_bounded(self, operator: Operator, days: str) -> None:
        await operator.onboard()
        response = await operator.client.get(f"{PUBLISHERS}/Bakery/usage", params={"days": days})
        assert_problem(response, 422, "invalid_request")
