"""English sentences whose verb says what they answer: "X comes from Y", "the purpose of X is Y", "X works by …"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.ai.extractive_rules.english import for_reader
from shared.ai.extractive_rules.english_asking import worded
from shared.ai.extractive_rules.english_clauses import is_noun_phrase, is_plural, parse_clause
from shared.ai.extractive_rules.english_topic import lowered_phrase
from shared.ai.extractive_rules.english_verbs import BASES
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Wording

_SUBJECT = r"(?P<subject>[^,;:()\"\u201c]{2,60}?)"
_ADVERB = (
    r"(?: (?:usually|often|mostly|mainly|largely|generally|typically|always|only|entirely|"
    r"originally|partly|simply|chiefly))?"
)
# pattern after the subject, question with {be} (is/are/was/were as found), {do} and {subject}
_FRAMES = tuple(
    (re.compile(rf"{_SUBJECT}{_ADVERB} {pattern}"), question)
    for pattern, question in (
        (rf"(?P<be>is|are|was|were){_ADVERB} made (?P<prep>of|from) ", "what {be} {subject} made {prep}"),
        (r"consists? of ", "what {do} {subject} consist of"),
        (
            r"comes? (?:mainly |largely |mostly )?from (?:a |an |the |its |their )?[a-z]*(?<!far)(?<!away) ?",
            "where {do} {subject} come from",
        ),
        (rf"depends?{_ADVERB} on ", "what {do} {subject} depend on"),
        (rf"(?P<be>is|are){_ADVERB} used (?:to|for|in|as) ", "what {be} {subject} used for"),
        (r"(?:is|are|was|were) named (?:after|for) ", "what {be} {subject} named after"),
        (rf"works?{_ADVERB} (?:by|because|on the principle) ", "how {do} {subject} work"),
        (rf"(?P<be>is|are|was|were){_ADVERB} caused by ", "what causes {subject}"),
        (rf"(?:is|are){_ADVERB} (?:due to|the result of) ", "what causes {subject}"),
        (r"(?P<be>is|are) measured (?:in|by|with) ", "how {be} {subject} measured"),
        (r"(?P<be>is|are) located (?:in|on|at|near) ", "where {be} {subject} located"),
        (r"forms? (?:when|as|by) ", "how {do} {subject} form"),
        (r"happens? (?:when|because) ", "why {do} {subject} happen"),
        (r"requires? (?!that )", "what {do} {subject} require"),
        (r"lets? (?:you|users|readers) ", "what {do} {subject} let me do"),
        (r"allows? (?:you|users|readers) to ", "what {do} {subject} allow me to do"),
        (r"protects? (?:\w+ ){0,3}(?:against|from) ", "what {do} {subject} protect against"),
    )
)
_KEY = (
    "difference advantage disadvantage purpose cause reason aim goal role function benefit "
    "drawback downside risk danger effect origin problem "
    "trick key secret way time place method part ingredient mistake sign rule choice test "
    "limit remedy cure alternative source use"
).split()
_NOUN_OF = re.compile(
    r"(?P<phrase>(?P<article>the|one|another|a|an) (?:(?:very |most |single )?(?:main|big|"
    r"bigg?est|common|chief|real|simplest|best|easiest|safest|fastest|usual|"
    r"great|greatest|important|key|only|cheapest|oldest|classic|good|first|other|hidden|"
    r"surest|quickest|most \w+) ){0,2}(?:KEYS) (?P<link>of|for|between|to|with|behind|in) "
    r"(?P<rest>[^,;:()]{3,60}?)) (?P<be>is|was)(?:,| |$)".replace("KEYS", "|".join(_KEY)),
    re.IGNORECASE,
)
_REASON = re.compile(
    r"(?:the|one|another) (?:main |real |chief |simple )?reason (?:why |that |for this is "
    r"that )?(?P<clause>[^,;:()]{8,80}?) is (?:that|because|the|not) ",
    re.IGNORECASE,
)
_UNLIKE = re.compile(r"unlike (?P<other>[^,;:()]{3,40}), (?P<clause>[^;:()]{8,})", re.IGNORECASE)
_INSTEAD = re.compile(r"use ([^,;:()]{2,50}?) instead of ([^,;:()]{3,60}?)(?:[.,;]|$)", re.IGNORECASE)
_COUNTED = re.compile(
    r"there are (?:about |around |roughly |only )?(two|three|four|five|six|seven|eight|nine|"
    r"ten|several|\d+) ((?:main |basic |common |different |major )?(?:types|kinds|ways|"
    r"methods|forms|reasons|stages|steps|rules) (?:of|to|for) [^,;:()]{3,50}?)(?:[:;,.]|$)",
    re.IGNORECASE,
)
_BY_DOING = re.compile(r"(?P<clause>[^,;:()]{8,70}?) by (?:\w+ly )?(?P<gerund>[a-z]+ing) ")


def frames(text: str, outline: Outline) -> Iterator[Wording]:
    """Questions that the sentence's wording settles."""
    for pattern, template in _FRAMES:
        match = pattern.match(text)
        if match is not None:
            yield from _filled(match, template, outline)
            break
    yield from _noun_of(text, outline)
    yield from _because_of(text, outline)
    yield from _unlike(text, outline)
    yield from _others(text, outline)


def _filled(match: re.Match[str], template: str, outline: Outline) -> Iterator[Wording]:
    subject = lowered_phrase(match["subject"], outline)
    words = subject.split()
    if (
        not is_noun_phrase(words)
        or len(words) > 6
        or words[0].lower() in ("i", "we", "you", "people")
        or words[0] in ("every", "each", "much", "most")
    ):
        return
    found = match.groupdict()
    be = found.get("be") or ("are" if is_plural(subject) else "is")
    if (be in ("are", "were")) != is_plural(subject) or (
        "{do}" in template and _verb_is_plural(match) != is_plural(subject)
    ):
        return
    support = "do" if is_plural(subject) else "does"
    yield worded(template.format(subject=for_reader(subject), be=be, do=support, prep=found.get("prep", "")), 0.8)


def _verb_is_plural(match: re.Match[str]) -> bool:
    after = match.string[match.end("subject") :].split()
    verb = next((word for word in after if not word.endswith("ly") and word not in ("often", "always")), "")
    return not verb.endswith("s")


def _noun_of(text: str, outline: Outline) -> Iterator[Wording]:
    match = _NOUN_OF.match(text)
    if match is None:
        return
    rest = lowered_phrase(match["rest"], outline).split()
    verb_follows = match["link"] == "to" and rest[0] in BASES
    if (
        not verb_follows
        and not is_noun_phrase(rest)
        and not (rest[0].endswith("ing") and is_noun_phrase(rest[1:] or ["x"]))
    ):
        return
    if match["link"].lower() == "in" or re.search(r"\b(?:is|are|was|which|that)\b", match["rest"]):
        return
    phrase = lowered_phrase(match["phrase"], outline)
    article = "one" if match["article"].lower() in ("another", "a", "an", "one") else match["article"].lower()
    yield worded(f"what {match['be']} {for_reader(article + phrase[len(match['article']) :])}", 0.84)


def _because_of(text: str, outline: Outline) -> Iterator[Wording]:
    match = _REASON.match(text)
    parsed = parse_clause(match["clause"], outline.decapitalized) if match else None
    if parsed is not None and not re.search(r"\b(?:I|we)\b", parsed.subject):
        yield worded(f"why {for_reader(parsed.inverted)}", 0.84)


def _unlike(text: str, outline: Outline) -> Iterator[Wording]:
    match = _UNLIKE.match(text)
    if match is None:
        return
    other, parsed = (
        lowered_phrase(match["other"], outline),
        parse_clause(re.split("[,;]", match["clause"])[0], outline.decapitalized),
    )
    if (
        parsed is None
        or not is_noun_phrase(other.split())
        or not is_noun_phrase(parsed.subject.split())
        or len(parsed.subject.split()) > 4
    ):
        return
    yield worded(
        f"how {'do' if is_plural(parsed.subject) else 'does'} {for_reader(parsed.subject)} differ "
        f"from {for_reader(other)}",
        0.82,
    )


def _others(text: str, outline: Outline) -> Iterator[Wording]:
    instead = _INSTEAD.search(text)
    if instead and is_noun_phrase(instead[2].split()):
        yield worded(f"what should I use instead of {for_reader(lowered_phrase(instead[2], outline))}", 0.78)
    counted = _COUNTED.match(text)
    if counted:
        number = "" if counted[1].lower() == "several" else f"the {counted[1].lower()} "
        if ":" in text:
            yield worded(f"what are {number}{for_reader(counted[2])}", 0.8)
    by_doing = _BY_DOING.match(text)
    parsed = parse_clause(by_doing["clause"], outline.decapitalized) if by_doing else None
    if (
        parsed is not None
        and parsed.auxiliary in ("can", "is", "are")
        and not re.search(r"\b(?:I|we)\b", parsed.inverted)
    ):
        yield worded(f"how {for_reader(parsed.inverted)}", 0.76)
