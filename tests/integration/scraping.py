"""Reading what ``/metrics`` answers."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass

import httpx2
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from local_stack.ports import LOOPBACK
from shared.metrics import ModelCalls, ModelMetrics


def unwatched() -> ModelCalls:
    """Records calls where nobody looks."""
    return ModelMetrics(CollectorRegistry()).calls("ask", "m")


@dataclass(frozen=True)
class Scrape:
    """One scrape, in the text format.

    Attributes:
        types: Type by name, of all metrics.
        meanings: Help text by name.
        samples: Name, labels and value of each sample.
    """

    types: dict[str, str]
    meanings: dict[str, str]
    samples: list[tuple[str, dict[str, str], float]]

    def values(self, name: str, **labels: str) -> list[float]:
        """Values of the samples with at least these labels."""
        return [value for found, has, value in self.samples if found == name and labels.items() <= has.items()]

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples with at least these labels, of which there is one."""
        found = self.values(name, **labels)
        assert found, f"{name} {labels} is not exposed"
        return sum(found)

    def labels(self, name: str) -> set[str]:
        """Names of the labels of a metric."""
        of_it = re.compile(rf"{name}(_bucket|_sum|_count|_info)?")
        return {label for found, has, _ in self.samples if of_it.fullmatch(found) for label in has} - {"le"}


def scraped(text: str) -> Scrape:
    """A scrape out of its text."""
    samples = [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    meanings = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))
    return Scrape(types, meanings, samples)


async def scrape(client: httpx2.AsyncClient) -> Scrape:
    """What an API or a worker exposes now."""
    response = await client.get("/metrics")
    assert response.status_code == 200, response.text
    return scraped(response.text)


def get(port: int, path: str) -> tuple[int, str]:
    """A request that holds up the event loop until it is answered."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()
