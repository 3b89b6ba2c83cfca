"""What an ingest has done so far, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from blogqa_cli.replies import Accepted, Refused

_EXAMPLES: Final = 3
_REASONS: Final = 20


@dataclass(slots=True)
class Refusals:
    """Pages refused for one reason.

    Attributes:
        count: How many.
        examples: The first few.
    """

    count: int = 0
    examples: list[Refused] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Counts of pages.

    Attributes:
        read: Listed by the documents read.
        repeated: Listed before.
        older: Not changed since the moment asked for.
        undated: Kept though no date says when they changed; counted only when a moment was asked for.
        created: With a new job.
        standing: Whose job was there already, active or completed recently.
        refused: By reason, the code that the server gave.
    """

    read: int = 0
    repeated: int = 0
    older: int = 0
    undated: int = 0
    created: int = 0
    standing: int = 0
    refused: dict[str, Refusals] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        """Pages for which a job stands."""
        return self.created + self.standing

    @property
    def refusals(self) -> int:
        """Pages refused for any reason."""
        return sum(each.count for each in self.refused.values())

    @property
    def is_all_refused(self) -> bool:
        """Whether there were pages and none was accepted."""
        return bool(self.refused) and not self.accepted

    def add(self, outcome: Accepted | Refused) -> None:
        """Counts what became of a page."""
        if isinstance(outcome, Accepted):
            self.created += outcome.created
            self.standing += not outcome.created
            return
        reason = outcome.code if outcome.code in self.refused or len(self.refused) < _REASONS else "other"
        refusals = self.refused.setdefault(reason, Refusals())
        refusals.count += 1
        if len(refusals.examples) < _EXAMPLES:
            refusals.examples.append(outcome)

    def line(self) -> str:
        """The counts in one line."""
        counts = (
            (self.created, "new"),
            (self.standing, "there already"),
            (self.refusals, "refused"),
            (self.older, "older"),
            (self.undated, "kept without a date"),
            (self.repeated, "listed twice"),
        )
        return ", ".join([f"{self.read:,} pages read", *(f"{count:,} {what}" for count, what in counts if count)])

    def as_json(self) -> dict[str, object]:
        """The counts for programs."""
        return {
            "read": self.read,
            "repeated": self.repeated,
            "older": self.older,
            "undated": self.undated,
            "created": self.created,
            "standing": self.standing,
            "refused": {
                reason: {
                    "count": refusals.count,
                    "examples": [each.model_dump(mode="json") for each in refusals.examples],
                }
                for reason, refusals in self.refused.items()
            },
        }
