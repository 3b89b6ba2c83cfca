"""How many, how much and who: questions about the numbers and the people that an English sentence names.

A number in the subject keeps the sentence's order ("84 employees will go" → "How many employees will go?"); a number
right behind the verb is asked for with the clause turned round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.ai.extractive_rules.english import content_words
from shared.ai.extractive_rules.english_asking import worded
from shared.ai.extractive_rules.english_clauses import PREPOSITIONS, is_plural, parse_clause
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import FACT_TRUST, Wording

_ABOUT = (
    r"(?:(?:all|about|around|roughly|nearly|almost|some|only|just|over|at least|more than|less than|fewer than|up to|"
    r"as many as|as much as|an estimated|approximately) )*"
)
_COUNT = (
    r"(?:\d+(?:\.\d+)?|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety)(?:-\w+)?|(?:a|several) (?=dozen|hundred|thousand|million|billion))"
    r"(?:(?:^| )(?:dozen|hundred|thousand|million|billion))*(?: and (?:a half|[a-z-]{3,}(?= [a-z])))?"
)
_NOUN = (
    r"(?P<noun>(?!.* and )(?!(?:of|per|times|and|or|to|percent|thirds|quarters|seconds?|minutes?|hours?|days?|weeks?|"
    r"months?|years?)\b)[a-z]"
)
_COUNTED_SUBJECT = re.compile(rf"{_ABOUT}{_COUNT} {_NOUN}.*)", re.IGNORECASE)
_PREDICATE = re.compile(
    rf"(?P<verb>(?!(?:become|remain|mean|equal|be)\b)[a-z]+(?: (?:out|up|down|in|off|back))?) {_ABOUT}"
    rf"(?:[$\u00a3\u20ac]\d[\d.]*(?: [mb]illion)?\w?|{_COUNT} {_NOUN}[\w -]*?))"
    rf"(?P<rest>(?: (?:in|on|at|by|for|from|to|over|under|since|after|before|during|with|into|without|as|each|every|a|"
    rf"an)\b.*)?)(?: (?:this|last) \w+)?"
)
_CLAUSES = re.compile(r",(?!\d) (?:and|but) |; |: | and (?=(?:all |about |some )?\d)")
_ASIDE = re.compile(r"(?:[A-Z]\w+ed|Since|After|Before) [^,]+, (?=[A-Z])|,(?!\d) .*")
"""What a clause does without: how a named subject came to be, and what follows a comma."""
_ROLE = (
    r"(?:[\w-]+(?:ist|ian|eer|man|woman|person|ant)|\w*(?:mak|teach|report|writ|farm|lead|manag|found|own|work|driv|"
    r"bak|build|garden|research|lectur|design|offic|minist|engine|paint|print|plumb|trad|grow|keep)e?r|"
    r"professor|doctor|director|editor|author|mayor|councillor|actor|chef|cook|nurse|widow|coach|guide|poet|student|"
    r"curator|chief executive|president|secretary|surveyor|solicitor|inspector|conductor|inventor|architect|captain)"
)
_NAME = r"[A-Z][\w\u2019'-]+(?: (?:de|la|von|van|der|bin|al|[A-Z][\w\u2019'.-]*)){1,3}"
_PERSON = re.compile(
    rf"(?:^|[ (])(?!In |On |At |But |And |When |The )(?P<name>{_NAME}), "
    rf"(?:an?|the|then|now) (?:[\w\u2019'-]+ ){{0,4}}?{_ROLE}\b"
)
_TWICE = 2
"""Who is named once is passed by; nobody asks about them."""

_OFTEN = 3

_SHORTEST = 5
"""Words of a question about a number; with fewer, nobody would ask it."""


def facts(text: str, outline: Outline) -> Iterator[Wording]:
    """Questions about the numbers of the clauses that can be asked for, and about people introduced by name."""
    for clause in _CLAUSES.split(text):
        if re.search(r"\b(?:I|me|my|we|us|our|you|your)\b", clause):
            continue
        plain = _ASIDE.sub("", re.sub(r"(?<=\d),(?=\d{3})", "", clause))
        question = _counted_subject(plain, outline)
        if question is None and (counted := _counted_object(plain, outline)) and _is_central(counted, outline):
            question = counted
        if question and len(question.split()) >= _SHORTEST:
            yield worded(question, FACT_TRUST)
    for match in _PERSON.finditer(text):
        if outline.counts[match["name"].split()[-1].lower()] >= _TWICE:
            yield worded(f"who is {match['name']}", FACT_TRUST)


def _counted_subject(clause: str, outline: Outline) -> str | None:
    match = _COUNTED_SUBJECT.fullmatch(clause)
    parsed = parse_clause(clause, outline.decapitalized) if match else None
    if match is None or parsed is None or not is_plural(parsed.subject):
        return None
    return f"how many {match['noun']}"


def _counted_object(clause: str, outline: Outline) -> str | None:
    parsed = parse_clause(clause, outline.decapitalized)
    match = _PREDICATE.fullmatch(parsed.predicate) if parsed else None
    if parsed is None or match is None:
        return None
    noun = match["noun"]
    if noun and (noun.split()[-1] in PREPOSITIONS or not is_plural(noun)):
        return None
    asking = f"how many {noun}" if noun else "how much"
    return f"{asking} {parsed.auxiliary} {parsed.subject} {match['verb']}{match['rest']}"


def _is_central(question: str, outline: Outline) -> bool:
    """Whether the question names something that the article speaks of often or in its title."""
    words = [word.rstrip("s") for word in content_words(question) if len(word) > 3]
    title = outline.title.lower()
    return any(word in title or outline.counts[word] + outline.counts[f"{word}s"] >= _OFTEN for word in words)
