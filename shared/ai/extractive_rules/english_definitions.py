"""English sentences that say what something is, what it is called or what a word means."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.ai.extractive_rules.english import content_words
from shared.ai.extractive_rules.english_asking import worded
from shared.ai.extractive_rules.english_clauses import PREPOSITIONS, is_noun_phrase, is_plural
from shared.ai.extractive_rules.english_topic import lowered_phrase
from shared.ai.extractive_rules.english_verbs import BASES, NOUNS_TOO
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Wording

_COPULA = re.compile(
    r"(?P<subject>[^,;:()]{2,60}?)(?P<aside>,? (?:also|sometimes|often) (?:called|known as) "
    r"[^,;]{2,50},?| \([^)]{2,50}\)|, (?:or|from) [^,;]{2,40},)? "
    r"(?P<copula>is|are|was|were) (?:simply |basically |essentially |really |just |nothing "
    r"more than |usually |in effect |, in short, )?(?P<complement>.{8,})"
)
_CLASS = re.compile(
    r"(?:(?:a|an|the|one|any|another name|\w+ ?) )?(?:[\w-]+ ){0,4}?(?:kind|type|sort|form|"
    r"piece|unit|measure|method|technique|process|tool|device|system|set|group|"
    r"family|name|term|word|layer|mixture|material|substance|protocol|standard|library|format|"
    r"language|property|branch|state|compound|"
    r"gas|protein|enzyme|acid|mineral|metal|species|organism|animal|plant|disease|condition|"
    r"instrument|machine|container|structure|"
    r"practice|theory|principle|rule|law|treaty|institution|organisation|organization|company|"
    r"festival|dish|drink|bread|sauce|fabric|"
    r"program|programme|command|function|file|copy|number|ratio|angle|network|ability|art|"
    r"study|science|capital|city|region|village|island|river|mountain|ring|strip|slice|"
    r"fraction|"
    r"amount|measurement|distance|temperature|pressure|force|energy|loop|knot|bend|hitch|box|"
    r"vessel|pot|cloth|blade|stone|edge|tendency|phenomenon|reaction)s?\b"
)
_ADVERBIAL = re.compile(
    r"(?:every|any|no|else)where\b|(?:t?here|often|always|usually|rarely|never|all|not|now|still)\b"
)
_DEFINING = re.compile(
    r"\b(?:that|which|who|whose|used (?:to|for|in|as|by)|made (?:of|from|by)|designed (?:to|"
    r"for)|in which|with which|on which|by which|where|consisting|containing)\b"
)
_GENERIC = frozenset(
    "result results reason reasons problem problems step steps thing things point points "
    "idea answer question questions way ways trick goal "
    "key rest difference advantage disadvantage best most worst first second third next last "
    "other same part parts side example exception "
    "rule mistake alternative choice option aim purpose catch downside upside drawback "
    "benefit secret truth fact matter case moment "
    "time day morning evening year place room house hotel street people man woman person "
    "others story lesson news latter former effect "
    "outcome cause consequence solution conclusion verdict bonus good bad only main whole "
    "half number total average price cost".split()
)
_ROLES = (
    "engineer|scientist|physicist|chemist|writer|author|poet|painter|composer|inventor|"
    "founder|astronomer|mathematician|biologist|"
    "historian|philosopher|designer|architect|politician|physician|doctor|surgeon|explorer|"
    "king|queen|emperor|president|priest|monk|"
    "merchant|botanist|geologist|potter|baker|musician|singer|actor|actress|director|"
    "journalist|professor|teacher|lawyer|soldier|"
    "officer|general|admiral|sailor|clockmaker|instrument maker|naturalist|economist|sculptor|photographer|programmer"
)
_PERSON = re.compile(rf"(?:(?:a|an|the) )?(?:[\w-]+ ){{0,4}}?(?:{_ROLES})\b")
_NAMED = re.compile(
    r"(?:\b(?:is|are) (?:usually |often |sometimes |also |commonly )?(?:called|known as|"
    r"referred to as|termed)|\bwe call(?: \w+)?|\bbakers call(?: \w+)?|\bpeople call(?: "
    r"\w+)?) "
    r"(?P<article>an? |the )?[\"\u201c']?(?P<name>[\w-]+(?: "
    r"[\w-]+){0,2}?)[\"\u201d']?(?=[.,;:]|$| because| and | after | by )"
)
_TERM = re.compile(
    r"(?:the (?:term|word|name|phrase|abbreviation|acronym) )[\"\u201c']?([\w "
    r"-]{2,40}?)[\"\u201d']? (means|refers to|describes|comes from|stands for)\b",
    re.IGNORECASE,
)
_STANDS = re.compile(r"([A-Z][A-Za-z0-9]*[A-Z0-9]) (?:stands for|is short for)\b")
_REFERS = re.compile(r"((?:an? )?[\w-]+(?: [\w-]+){0,3}) refers? to ")


def definitions(text: str, outline: Outline) -> Iterator[Wording]:
    """What-is and who-is questions about the thing that the sentence defines, names or explains."""
    yield from _copula(text, outline)
    yield from _named(text, outline)
    term = _TERM.match(text)
    if term:
        asking = {
            "means": "mean",
            "refers to": "refer to",
            "describes": "describe",
            "comes from": "come from",
            "stands for": "stand for",
        }
        question = (
            f"where does the word \u201c{term[1]}\u201d come from"
            if term[2] == "comes from"
            else f"what does \u201c{term[1]}\u201d {asking[term[2]]}"
        )
        yield worded(question, 0.88)
    stands = _STANDS.match(text)
    if stands:
        yield worded(f"what does {stands[1]} stand for", 0.88)
    refers = _REFERS.match(text)
    if refers:
        subject = lowered_phrase(refers[1], outline)
        if _is_definable(subject, outline):
            yield worded(f"what {'are' if is_plural(subject) else 'is'} {subject}", 0.85)


def _copula(text: str, outline: Outline) -> Iterator[Wording]:
    match = _COPULA.match(text)
    if match is None:
        return
    copula, complement = match["copula"], match["complement"]
    if _is_person(match["subject"], complement):
        yield worded(f"who {copula} {match['subject']}", 0.85)
        return
    subject = lowered_phrase(match["subject"], outline)
    if copula in ("was", "were") or not _is_definable(subject, outline) or is_plural(subject) != (copula == "are"):
        return
    if _defines(subject, copula, complement, outline):
        yield worded(f"what {copula} {subject}", 0.88 if re.match("an? ", subject) else 0.82)


def _is_person(subject: str, complement: str) -> bool:
    names = subject.split()
    return (
        2 <= len(names) <= 4
        and all(name[0].isupper() or name in ("de", "von", "van", "al-") for name in names)
        and _PERSON.match(complement) is not None
    )


def _is_definable(subject: str, outline: Outline) -> bool:
    words = subject.lower().split()
    nouns = [word for word in words if word not in ("a", "an", "the")]
    if not nouns or len(nouns) > 4 or not is_noun_phrase(subject.split()) or any(word in _GENERIC for word in nouns):
        return False
    if words[0] in (
        "your",
        "my",
        "our",
        "their",
        "his",
        "her",
        "its",
        "every",
        "each",
        "all",
        "any",
        "some",
        "no",
        "most",
        "many",
        "few",
    ):
        return False
    return (
        not (nouns[0] in BASES and nouns[0] not in NOUNS_TOO)
        and not nouns[0].endswith("ing")
        and not set(words) & PREPOSITIONS
    )


def _defines(subject: str, copula: str, complement: str, outline: Outline) -> bool:
    article = re.match(r"(?:an?|the|one|any) ", complement)
    if _ADVERBIAL.match(complement):
        return False
    if copula == "is" and article is None:
        return False
    indefinite = re.match(r"an? ", subject) is not None
    if indefinite and not re.match(
        r"a (?:good|bad|great|better|must|matter|problem|mistake|pleasure|different|bit|lot|little|few|sign)\b",
        complement,
    ):
        return True
    specific = _CLASS.match(complement) is not None
    if not specific and not (copula == "are" and _DEFINING.search(complement[:70])):
        return False
    head = subject.split()[-1].lower()
    mentions = (
        outline.counts[head] + outline.counts[head + "s"] + (outline.counts[head[:-1]] if head.endswith("s") else 0)
    )
    return mentions >= 2 and re.match(r"the (?:same|only|best|first|last|right|wrong|one|other)\b", complement) is None


def _named(text: str, outline: Outline) -> Iterator[Wording]:
    match = _NAMED.search(text)
    if match is None or (
        _COPULA.match(text)
        and not re.match(r"(?:this|that|it|these|they|the)\b", text, re.IGNORECASE)
        and len(text) < 60
    ):
        return
    name = lowered_phrase(match["name"], outline)
    if (
        not is_noun_phrase(name.split())
        or name.split()[0].lower() in _GENERIC
        or not content_words(name)
        or name.split()[-1] in ("so", "by")
        or re.match(r"(?:my|our|his|her)\b", text, re.IGNORECASE)
    ):
        return
    plural = is_plural(name) and match["article"] is None and name[0].islower()
    leaning = re.match(r"(?:this|that|it|these|they|the|such)\b", text, re.IGNORECASE) is not None
    yield worded(f"what {'are' if plural else 'is'} {match['article'] or ''}{name}", 0.8, before=1 if leaning else 0)
