"""``test_split_architecture.sh --smoke`` against what is no deployment, or not one that knows the keys."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from local_stack.ports import free_port
from local_stack.state_dir import ROOT
from tests.conftest import Api


async def smoke(url: str, state: Path, **keys: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        ROOT / "test_split_architecture.sh",
        "--smoke",
        url,
        env={**os.environ, "BLOGQA_STATE_DIR": str(state), **keys},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()


@pytest.mark.parametrize(("name", "header"), [("BLOGQA_API_KEY", "X-API-Key"), ("BLOGQA_ADMIN_KEY", "X-Admin-Key")])
async def test_a_wrong_key_ends_in_one_sentence(api: Api, tmp_path: Path, name: str, header: str) -> None:
    keys = {"BLOGQA_API_KEY": api.key, "BLOGQA_ADMIN_KEY": api.admin["X-Admin-Key"], name: "pub_wrong"}
    code, printed = await smoke(str(api.client.base_url), tmp_path, **keys)
    sentence, *rest = printed.split("\n\n")
    assert code == 1
    assert sentence.startswith(f"ERROR: '{api.client.base_url}' refuses BLOGQA_API_KEY (X-API-Key) or")
    assert f"the key in {header} is not" in sentence
    assert rest == ["\n0 passed, 1 failed\n"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "blogqa.example.com", "http://[bad"])
async def test_an_address_where_nobody_answers_ends_in_one_sentence(tmp_path: Path, url: str) -> None:
    url = url.format(port=free_port())
    code, printed = await smoke(url, tmp_path, BLOGQA_API_KEY="pub_x", BLOGQA_ADMIN_KEY="adm_x")
    sentence, *rest = printed.split("\n\n")
    assert code == 1
    assert sentence.startswith(f"ERROR: '{url}' cannot be reached (")
    assert rest == ["\n0 passed, 1 failed\n"]


async def test_an_address_of_something_else_ends_in_one_sentence(api: Api, tmp_path: Path) -> None:
    keys = {"BLOGQA_API_KEY": api.key, "BLOGQA_ADMIN_KEY": api.admin["X-Admin-Key"]}
    code, printed = await smoke(f"{api.client.base_url}/docs?", tmp_path, **keys)
    assert code == 1
    assert "answers 200, but not as BlogQA does" in printed
    assert printed.endswith("\n0 passed, 1 failed\n")
