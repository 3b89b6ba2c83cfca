"""What an operator does with publishers, and what these do with their keys."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.conftest import Api

PUBLISHERS = "/api/v1/publishers"
PROCESS = "/api/v1/jobs/process"


class Operator:
    """The operator's calls, and what publishers do with their keys."""

    def __init__(self, api: Api) -> None:
        self.client = api.client
        self.client.headers.update(api.admin)
        del self.client.headers["X-API-Key"]

    async def onboard(self, name: str = "Bakery", *domains: str) -> tuple[dict[str, Any], str]:
        body = {"name": name, "domains": list(domains) or ["bakery.example"]}
        response = await self.client.post(PUBLISHERS, json=body)
        assert response.status_code == 201, response.text
        return response.json()["publisher"], response.json()["key"]

    async def change(self, named: str, **changes: object) -> httpx2.Response:
        return await self.client.patch(f"{PUBLISHERS}/{named}", json=changes)

    async def rotate(self, named: str, **body: object) -> str:
        response = await self.client.post(f"{PUBLISHERS}/{named}/rotate-key", json=body)
        assert response.status_code == 200, response.text
        key: str = response.json()["key"]
        return key

    async def process(self, key: str, url: str = "https://bakery.example/bread") -> httpx2.Response:
        return await self.client.post(PROCESS, json={"blog_url": url}, headers={"X-API-Key": key})
