"""The model of ``--local-llm``: a GGUF file as given, or the one of a Hugging Face repository, downloaded once."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, ValidationError

from local_stack.failure import StackFailed
from local_stack.terminal import Terminal

# As llama.cpp names repositories, owner/name[:quantization]; without a quantization it takes Q4_K_M, too.
_REPOSITORY = re.compile(r"(?P<id>\w[\w.-]*/\w[\w.-]*)(?::(?P<quantization>[\w.-]+))?", re.ASCII)
_DEFAULT_QUANTIZATION = "Q4_K_M"
# Parts of a model that is split over several files, and the vision parts of others.
_NOT_A_WHOLE_MODEL = re.compile(r"-\d{5}-of-\d{5}\.gguf$|mmproj", re.IGNORECASE)
_CHUNK_BYTES = 1 << 20
_TIMEOUT_S = 30.0


class _LargeFile(BaseModel):
    sha256: str
    size: int


class _File(BaseModel):
    rfilename: str
    lfs: _LargeFile | None = None


class _Listing(BaseModel):
    """The part that matters of the hub's answer to ``GET /api/models/{repository}?blobs=true``."""

    siblings: list[_File]


async def model_file(model: str, directory: Path, terminal: Terminal, environ: Mapping[str, str]) -> Path:
    """The GGUF file to serve.

    Args:
        model: A path, or ``owner/name`` with an optional ``:quantization``.
        directory: Where downloads are kept.
        terminal: Shows the download.
        environ: ``HF_ENDPOINT`` and ``HF_TOKEN`` mean what they mean to Hugging Face's own tools.

    Raises:
        StackFailed: No such file or repository, or the download failed; the next one continues where it broke off.
    """
    if path := _existing_file(model):
        return path
    repository = _REPOSITORY.fullmatch(model)
    if repository is None or model.endswith(".gguf"):
        raise StackFailed(f"{model!r} is neither a GGUF file nor a repository such as `Qwen/Qwen2.5-3B-Instruct-GGUF`.")
    token = environ.get("HF_TOKEN")
    async with httpx2.AsyncClient(
        base_url=environ.get("HF_ENDPOINT") or "https://huggingface.co",
        headers={"Authorization": f"Bearer {token}"} if token else {},
        follow_redirects=True,
        timeout=_TIMEOUT_S,
    ) as hub:
        try:
            return await _downloaded(hub, repository["id"], repository["quantization"], directory, terminal)
        except httpx2.HTTPError as exc:
            raise StackFailed(f"{model} could not be downloaded ({type(exc).__name__}); try again.") from exc


def _existing_file(model: str) -> Path | None:
    path = Path(model).expanduser().resolve()
    return path if path.is_file() else None


async def _downloaded(
    hub: httpx2.AsyncClient, repository: str, quantization: str | None, directory: Path, terminal: Terminal
) -> Path:
    response = await hub.get(f"/api/models/{repository}", params={"blobs": "true"})
    if not response.is_success:
        raise StackFailed(f"There is no public model repository {repository!r} ({response.status_code}); set HF_TOKEN?")
    try:
        files = _Listing.model_validate_json(response.content).siblings
    except ValidationError as exc:
        raise StackFailed(f"The answer about {repository!r} cannot be understood; is HF_ENDPOINT right?") from exc
    name, blob = _choose(files, repository, quantization)
    target = directory / repository.replace("/", "--") / PurePosixPath(name).name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        await _fetch(hub, f"/{repository}/resolve/main/{quote(name)}", blob, target, terminal)
    return target


def _choose(files: list[_File], repository: str, quantization: str | None) -> tuple[str, _LargeFile]:
    whole = {
        file.rfilename: file.lfs
        for file in files
        if file.lfs and file.rfilename.lower().endswith(".gguf") and not _NOT_A_WHOLE_MODEL.search(file.rfilename)
    }
    wanted = (quantization or _DEFAULT_QUANTIZATION).lower()
    for name, blob in whole.items():
        if wanted in name.lower():
            return name, blob
    if whole and quantization is None:
        return next(iter(whole.items()))
    found = f"it has {', '.join(whole)}" if whole else "it has no GGUF file that is a whole model"
    raise StackFailed(f"{repository!r} has no model {wanted.upper()}: {found}.")


async def _fetch(hub: httpx2.AsyncClient, url: str, blob: _LargeFile, target: Path, terminal: Terminal) -> None:
    part = target.with_name(f"{target.name}.part")
    have = part.stat().st_size if part.exists() else 0
    terminal.say(f"Downloading {target.name} ({blob.size / 1e9:.1f} GB, once) ...")
    if have < blob.size:
        async with hub.stream("GET", url, headers={"Range": f"bytes={have}-"} if have else {}) as response:
            if not response.is_success:
                raise StackFailed(f"{target.name} could not be downloaded: the hub answers {response.status_code}.")
            continued = response.status_code == httpx2.codes.PARTIAL_CONTENT
            with part.open("ab" if continued else "wb") as file:
                async for chunk in response.aiter_bytes(_CHUNK_BYTES):
                    file.write(chunk)
                    terminal.status(f"{file.tell() / 1e9:.2f} of {blob.size / 1e9:.2f} GB")
    if await asyncio.to_thread(_sha256, part) != blob.sha256:
        part.unlink()
        raise StackFailed(f"What arrived of {target.name} is damaged and was deleted; try again.")
    os.replace(part, target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
