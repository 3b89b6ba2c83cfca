from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from api_service.services.model_slots import ModelSlots
from shared.errors import ModelBusy


async def is_free(slots: ModelSlots, publisher: str) -> bool:
    try:
        async with slots.slot(publisher):
            return True
    except ModelBusy:
        return False


async def test_a_publisher_has_its_share_and_no_more() -> None:
    slots = ModelSlots(total=3, per_publisher=2, wait_s=0.01)
    async with slots.slot("a"), slots.slot("a"):
        assert not await is_free(slots, "a")
        assert await is_free(slots, "b")
    assert await is_free(slots, "a")


async def test_all_publishers_together_have_the_total() -> None:
    slots = ModelSlots(total=3, per_publisher=2, wait_s=0.01)
    async with AsyncExitStack() as taken:
        for publisher in ("a", "b", "c"):
            await taken.enter_async_context(slots.slot(publisher))
        assert not await is_free(slots, "d")
    assert await is_free(slots, "d")


async def test_who_waits_gets_the_slot_that_becomes_free() -> None:
    slots = ModelSlots(total=1, per_publisher=1, wait_s=10)
    order: list[str] = []

    async def use(publisher: str) -> None:
        async with slots.slot(publisher):
            order.append(publisher)
            await asyncio.sleep(0)

    async with slots.slot("a"):
        waiting = [asyncio.create_task(use(publisher)) for publisher in ("b", "c", "a")]
        await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*waiting)
    assert sorted(order) == ["a", "b", "c"]


async def test_the_cap_holds_however_many_come_at_once() -> None:
    slots = ModelSlots(total=4, per_publisher=2, wait_s=10)
    running: list[str] = []

    async def use(publisher: str) -> None:
        async with slots.slot(publisher):
            running.append(publisher)
            assert len(running) <= 4
            assert running.count(publisher) <= 2
            await asyncio.sleep(0)
            running.remove(publisher)

    await asyncio.gather(*(use(publisher) for publisher in "abc" * 10))
    assert running == []


async def test_a_slot_is_given_back_after_an_error() -> None:
    slots = ModelSlots(total=1, per_publisher=1, wait_s=0.01)
    with pytest.raises(KeyError):
        async with slots.slot("a"):
            raise KeyError
    assert await is_free(slots, "a")


@pytest.mark.parametrize("while_waiting", [True, False])
async def test_a_slot_is_given_back_when_its_holder_is_cancelled(while_waiting: bool) -> None:
    slots = ModelSlots(total=1, per_publisher=1, wait_s=10)
    holding = asyncio.Event()

    async def hold() -> None:
        async with slots.slot("a"):
            holding.set()
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    await holding.wait()
    other = asyncio.create_task(hold())
    await asyncio.sleep(0)
    for task in (other, holder) if while_waiting else (holder, other):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await is_free(slots, "b")
