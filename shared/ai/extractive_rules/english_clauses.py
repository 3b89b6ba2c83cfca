"""A small, careful grammar of English clauses: enough to ask about a statement, and to refuse when unsure.

The finite verb is looked for from the left among auxiliaries and the verbs of a closed list; a verb form counts only if
what stands before it is a plain noun phrase that agrees with it in number. What does not fit is not asked about.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from shared.ai.extractive_rules.english_verbs import BASES, NOUNS_TOO, PARTICIPLE, PAST, THIRD

AUXILIARIES = frozenset(
    "is are was were am can could will would should must may might cannot can't couldn't "
    "won't wouldn't shouldn't mustn't isn't "
    "aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't".split()
)
DETERMINERS = frozenset(
    "the a an your my our their his her its every each all any no some most many few several both".split()
)
PREPOSITIONS = frozenset(
    "of in on at for with from by to into onto over under between about without within "
    "through during against across along around "
    "behind below above beneath beside inside outside near per like toward towards upon than as".split()
)
PRONOUNS = frozenset(
    "it this that these those they them he she him there here one ones everything nothing "
    "something anything everyone someone "
    "which what who whom whose itself themselves himself herself neither either none others "
    "another theirs hers mine ours yours".split()
)
_SUBJECT_LINKS = frozenset("of in on for with from between at without inside behind under over and or".split())
_BEFORE_DETERMINER = _SUBJECT_LINKS | {"all", "using"}
_NEVER_IN_SUBJECT = (
    PRONOUNS
    | AUXILIARIES
    | frozenset(
        "if when while because although though unless until since before after where why how not "
        "to but so yet than".split()
    )
)
_NOT_OPENING_SUBJECT = (PREPOSITIONS - {"like"}) | frozenset(
    "then also even just only still now once again later soon often sometimes perhaps maybe "
    "finally instead meanwhile otherwise thus "
    "therefore hence however moreover furthermore and but or so yet nor such same other "
    "first second third next last today "
    "yesterday tomorrow never always not almost nearly too very quite rather more less least "
    "much little whether whatever whenever "
    "however both neither either half no lots plenty many few fewer several enough for".split()
)
_ADVERBS = frozenset(
    "always often usually never also still even just only simply generally sometimes rarely "
    "now then thus really".split()
)
_DROPPED_ADVERBS = frozenset("also even just simply then thus therefore still now really".split())
_PLURALS = frozenset(
    "people children men women feet teeth mice geese bacteria media criteria police fungi data cattle".split()
)
_SINGULAR_IN_S = re.compile(r"(?:ss|us|is|ness|news|physics|mathematics|lens|gas|series|species)$")
_CONTRACTED = {
    f"{pronoun.lower()}'{ending}": f"{pronoun} {verb}"
    for pronoun in ("you", "we", "I")
    for ending, verb in (("re", "are"), ("ve", "have"), ("m", "am"), ("ll", "will"), ("d", "would"))
}
_FORBIDDEN = re.compile('[,;:()\\[\\]{}"\u201c\u201d\u00ab\u00bb\u2014\u2013/=<>|*\u2026?!]| - ')
_PERSONAL = frozenset("i you we".split())


@dataclass(frozen=True, slots=True)
class Clause:
    """A statement in parts; ``auxiliary`` is the word that a question fronts (do, does or did where it has none)."""

    subject: str
    auxiliary: str
    predicate: str

    @property
    def inverted(self) -> str:
        """The parts in the order of a question: ``does cold water slow the yeast``."""
        return " ".join(part for part in (self.auxiliary, self.subject, self.predicate) if part)


def is_plural(phrase: str) -> bool:
    """Whether a noun phrase takes a plural verb."""
    words = phrase.lower().split()
    if " and " in phrase.lower() or words[0] in ("we", "you", "they", "these", "those"):
        return True
    head = words[0]
    for word in words:
        if word in PREPOSITIONS:
            break
        head = word
    return head in _PLURALS or (head.endswith("s") and not head.endswith("'s") and _SINGULAR_IN_S.search(head) is None)


def expanded(text: str) -> str:
    """Writes out "you're" and its kin, so that the pronoun and the verb are words of their own."""
    straight = text.replace("\u2019", "'")
    return " ".join(_CONTRACTED.get(word.lower(), word) for word in straight.split())


def is_noun_phrase(words: list[str]) -> bool:
    """Whether the words name something by themselves: no pronoun, no clause, nothing that leans backwards."""
    lowered = [word.lower() for word in words]
    if not 1 <= len(words) <= 9 or any(word in _NEVER_IN_SUBJECT for word in lowered):
        return False
    if lowered[0] in _NOT_OPENING_SUBJECT or lowered[-1] in DETERMINERS | PREPOSITIONS | {"and", "or"}:
        return False
    if lowered[0].endswith("ly") and lowered[0] not in (
        "family",
        "assembly",
        "supply",
        "italy",
        "lily",
        "july",
        "reply",
    ):
        return False
    if any(word in DETERMINERS and before not in _BEFORE_DETERMINER for before, word in itertools.pairwise(lowered)):
        return False
    if lowered[0] in ("the", "a", "an") and len(words) == 1:
        return False
    return not any(word in PREPOSITIONS and word not in _SUBJECT_LINKS for word in lowered)


def parse_clause(text: str, decapitalized: Callable[[str], str]) -> Clause | None:
    """Takes a statement apart, or returns None when it is not certain how.

    Args:
        text: One main clause without its full stop; any comma, bracket or quotation mark makes it uncertain.
        decapitalized: Writes the first word as inside a sentence.
    """
    words = expanded(text.rstrip(".").strip()).split()
    if not 3 <= len(words) <= 20 or _FORBIDDEN.search(text.rstrip(".")):
        return None
    if not (words[0][0].isupper() and words[1][0].isupper() and words[0].lower() not in DETERMINERS | PREPOSITIONS):
        words[0] = decapitalized(words[0])
    place = _finite_verb(words)
    if place is None:
        return None
    subject, adverb = _without_adverb(words[:place])
    if not subject or not _is_subject(subject):
        return None
    return _assembled(" ".join(subject), adverb, words[place:])


def _is_subject(words: list[str]) -> bool:
    if len(words) == 1 and words[0].lower() in _PERSONAL:
        return True
    return is_noun_phrase(words) and not any(word.lower() in _PERSONAL for word in words)


def _without_adverb(words: list[str]) -> tuple[list[str], str]:
    if len(words) > 1 and (words[-1].lower() in _ADVERBS or (words[-1].endswith("ly") and len(words) > 2)):
        adverb = words[-1]
        return words[:-1], "" if adverb.lower() in _DROPPED_ADVERBS else adverb
    return words, ""


def _finite_verb(words: list[str]) -> int | None:
    """Index of the finite verb, if exactly one reading is plausible."""
    for index in range(1, min(len(words), 10)):
        word = words[index].lower()
        if word in AUXILIARIES or word in ("has", "have", "had", "do", "does", "did"):
            return index
        if word in _NEVER_IN_SUBJECT:
            return None
        if _agrees(words, index):
            following = words[index + 1].lower() if index + 1 < len(words) else ""
            if following in AUXILIARIES or (
                index + 2 < len(words) and following not in NOUNS_TOO and _agrees(words, index + 1)
            ):
                continue
            ambiguous = THIRD.get(word) in NOUNS_TOO and following in BASES
            return None if ambiguous or _is_reduced_relative(words, index) else index
    return None


def _agrees(words: list[str], index: int) -> bool:
    word, before = words[index].lower(), words[index - 1].lower()
    if before in DETERMINERS or before in PREPOSITIONS or before in ("and", "or"):
        return False
    subject, _ = _without_adverb(words[:index])
    plural = is_plural(" ".join(subject)) or subject[0].lower() in _PERSONAL
    if word in THIRD:
        return not plural
    if word in BASES:
        return plural or word in PAST
    return word in PAST


def _is_reduced_relative(words: list[str], index: int) -> bool:
    """Finds "The metre defined by the academy was adopted", whose first past form is not its verb."""
    if words[index].lower() not in PARTICIPLE:
        return False
    if index + 1 < len(words) and words[index + 1].lower() == "by":
        return True
    linked = False
    for word in (word.lower() for word in words[index + 1 :]):
        linked = linked or word in (
            "that",
            "which",
            "who",
            "when",
            "where",
            "if",
            "because",
            "and",
            "but",
            "than",
            "as",
            "what",
            "how",
            "why",
        )
        if not linked and (word in AUXILIARIES or word in ("has", "had")):
            return True
    return False


def _assembled(subject: str, adverb: str, tail: list[str]) -> Clause | None:
    verb, rest = tail[0].lower(), tail[1:]
    if verb in ("has", "have", "had") and not _is_perfect(rest):
        support = {"has": "does", "have": "do", "had": "did"}[verb]
        return _clause(subject, support, adverb, ["have", *rest])
    if verb in ("do", "does", "did") and rest[:1] != ["not"]:
        return None
    if verb in AUXILIARIES or verb in ("has", "have", "had", "do", "does", "did"):
        return _clause(subject, "can't" if verb == "cannot" else verb, adverb, rest)
    if verb in THIRD:
        return _clause(subject, "does", adverb, [THIRD[verb], *rest])
    if verb in BASES and not (verb in PAST and not is_plural(subject)):
        return _clause(subject, "do", adverb, [verb, *rest])
    return _clause(subject, "did", adverb, [PAST[verb], *rest])


def _is_perfect(rest: list[str]) -> bool:
    following = [word.lower() for word in rest if word.lower() not in _ADVERBS | {"not"} and not word.endswith("ly")]
    return bool(following) and (following[0] in PARTICIPLE or following[0] == "been")


def _clause(subject: str, auxiliary: str, adverb: str, rest: list[str]) -> Clause | None:
    if auxiliary == "had" and rest[:1] == ["better"]:
        return None
    kept = [word for place, word in enumerate(rest) if place or word.lower() not in _DROPPED_ADVERBS]
    predicate = " ".join(part for part in (adverb, *kept) if part)
    return Clause(subject, auxiliary, predicate) if predicate else None
