"""Does a stored question mean what is asked? Precision and recall on pairs that were written to be mistaken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from api_service.services.same_question import means_the_same
from shared.ai.embeddings import LocalEmbedder, nearness

_PAIRS = Path(__file__).parent / "same_question.json"


async def judged(split: str) -> list[tuple[dict[str, Any], float, bool]]:
    """Every pair of a split with how near it is and what is made of it."""
    pairs = [pair for pair in json.loads(_PAIRS.read_text()) if pair["split"] == split]
    embedder = LocalEmbedder()
    stored = await embedder.embed_queries([pair["stored"] for pair in pairs])
    asked = await embedder.embed_queries([pair["asked"] for pair in pairs])
    found = []
    for pair, left, right in zip(pairs, stored, asked, strict=True):
        near = nearness(float(left @ right), embedder.model)
        same = means_the_same(pair["stored"], pair["asked"], language=pair["language"], nearness=near)
        found.append((pair, near, same))
    return found


async def main(split: str, *, details: bool) -> None:
    """Prints the table."""
    rows = await judged(split)
    print(f"\nsame question ({split})\n\n| by | precision | recall | pairs |\n| --- | --: | --: | --: |")
    nearest = [(pair["same"], near >= 0.8) for pair, near, _ in rows]
    ours = [(pair["same"], same) for pair, _, same in rows]
    for name, outcomes in (("embedding alone, 0.8", nearest), ("ours", ours)):
        taken = [truth for truth, verdict in outcomes if verdict]
        precision = sum(taken) / len(taken) if taken else 1.0
        recall = sum(taken) / sum(truth for truth, _ in outcomes)
        print(f"| {name} | {precision:.3f} | {recall:.3f} | {len(outcomes)} |")
    if details:
        for pair, near, same in rows:
            if same and not pair["same"]:
                print(f"  {near:.2f}  {pair['stored']}  |  {pair['asked']}")
