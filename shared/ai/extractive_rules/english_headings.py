"""Questions that English headings ask or imply."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.ai.extractive_rules.english import STOP_WORDS, content_words, for_reader, is_clear, kind_of
from shared.ai.extractive_rules.english_clauses import (
    DETERMINERS,
    PREPOSITIONS,
    is_noun_phrase,
    is_plural,
    parse_clause,
)
from shared.ai.extractive_rules.english_topic import Topic, in_place_of_pronoun, lowered_phrase, topic_of
from shared.ai.extractive_rules.english_verbs import BASES, GERUND, NOUNS_TOO, PAST, THIRD
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Wanted, Wording

_NUMBERING = re.compile(
    r"^(?:(?:step|part|chapter|tip|rule|question|q|no\.?)\s*\d*\s*[:.)\u2013\u2014-]\s*|"
    r"\d{1,2}\s*[:.)\u2013\u2014-]\s*|\d{1,2}\s+(?=[A-Z]))",
    re.IGNORECASE,
)
_OPENER = re.compile(r"^(?:so|and|but|okay|ok|well|now|wait|first|finally|also)\b[,:]?\s+", re.IGNORECASE)
_NOT_AN_INSTRUCTION = frozenset(
    "know mind consider remember start begin try use let think go get be have take see look "
    "meet give stop expect enjoy come say watch "
    "listen wait need want love like trust forget stay live feel mean matter happen become "
    "seem wish hope hear learn leave run move "
    "work help talk do rest continue agree disagree care worry read join follow subscribe "
    "contact share support welcome welcome accept "
    "sit stand end put set turn break fall face embrace".split()
)
_NOT_A_GERUND = _NOT_AN_INSTRUCTION - {"use"} | frozenset(
    "understand close remain accord speak cut rise grow change build follow lead miss".split()
)
_NOT_AFTER_TO = STOP_WORDS - {"get", "make", "need", "use"} | {"best", "better", "first", "always", "never", "actually"}
_NOT_AN_OBJECT = frozenset(
    "time times powder soda temperature temperatures point points order paper machine method "
    "methods tip tips process room board cost "
    "costs edge condition conditions hours habits style styles guide tool tools equipment "
    "instructions list plan plans mistakes problems "
    "thoughts remarks words table class classes course knife knives stone stones pan pot oil "
    "water season space area speed power code "
    "and or up out down on off in over away back first again slowly well then it them this "
    "that these those there here with for at to "
    "from by around along together ahead forward".split()
)
_KEY_NOUNS = (
    "advantage benefit drawback disadvantage downside cause reason type kind sign symptom "
    "rule risk danger purpose origin role effect "
    "difference alternative requirement step stage part ingredient limit limitation "
    "principle characteristic meaning cost price side effect "
    "mistake use pro con goal function structure main idea source consequence"
).split()
_OF_HEADING = re.compile(
    r"(?:the )?((?:(?:main|most common|common|biggest|key|basic|different|four|three|two|five|"
    r"six|hidden|real|best) )?(?:KEYS)s?) (?:of|for|to|between|behind) (.{3,70})$".replace(
        "KEYS", "|".join(_KEY_NOUNS)
    ),
    re.IGNORECASE,
)
_RIGHT_THING = re.compile(
    r"(?:the )?((?:right|best|ideal|correct|perfect|proper|easiest|safest|fastest|cheapest|"
    r"simplest) (?:[a-z-]+ ){0,2}?[a-z]+)(?: ((?:to|for|of) .{3,60}))?$",
    re.IGNORECASE,
)
_VERSUS = re.compile(r"(.{2,40}?)(?:,)? (?:vs\.?|versus|or) (.{2,40}?)$", re.IGNORECASE)
_DEGREE = re.compile(
    r"how (long|often|fast|far|hot|cold|much|many|deep|high|big|old|well)((?: [a-z-]+){0,2}?) "
    r"((?:the|a|an|you|we|i|your|it|they)\b.*)",
    re.IGNORECASE,
)
_ASPECTS = frozenset(
    "design;build quality;display;screen;camera;battery life;battery;performance;sound;sound "
    "quality;comfort;fit;software;keyboard;"
    "handling;picture quality;suspension;noise cancelling;noise cancellation;image "
    "quality;microphone;ergonomics".split(";")
)
_RELEASE_PARTS = {
    "breaking changes": "What are the breaking changes in {}?",
    "new features": "What are the new features in {}?",
    "deprecations": "What is deprecated in {}?",
    "bug fixes": "Which bugs are fixed in {}?",
    "fixes": "Which bugs are fixed in {}?",
    "known issues": "What are the known issues in {}?",
    "highlights": "What are the highlights of {}?",
    "what's new": "What is new in {}?",
    "upgrading": "How do I upgrade to {}?",
    "upgrade": "How do I upgrade to {}?",
    "how to upgrade": "How do I upgrade to {}?",
    "performance": "How has performance changed in {}?",
    "removals": "What has been removed in {}?",
    "removed": "What has been removed in {}?",
}
_PLACE_PARTS = {
    "getting there": "How do I get to {}?",
    "getting around": "How do I get around {}?",
    "where to stay": "Where can I stay in {}?",
    "where to eat": "Where can I eat in {}?",
    "when to go": "When should I go to {}?",
    "when to visit": "When should I visit {}?",
    "best time to visit": "What is the best time to visit {}?",
    "what to see": "What should I see in {}?",
    "what to eat": "What should I eat in {}?",
    "what to do": "What should I do in {}?",
}
_VERDICTS = frozenset(
    "verdict;the verdict;our verdict;final verdict;conclusion;bottom line;the bottom "
    "line;should you buy it;is it worth it".split(";")
)
_PROCEDURES = frozenset(
    "method;the method;steps;the steps;step by "
    "step;step-by-step;instructions;directions;procedure;preparation;the process".split(";")
)
_SUPPLIES = {
    "ingredients": "What ingredients do I need",
    "the ingredients": "What ingredients do I need",
    "tools": "What tools do I need",
    "equipment": "What equipment do I need",
    "materials": "What materials do I need",
    "tools and materials": "What tools and materials do I need",
    "what you need": "What do I need",
    "what you'll need": "What do I need",
    "what you will need": "What do I need",
    "you will need": "What do I need",
    "what do you need": "What do I need",
}


def from_heading(heading: str, outline: Outline) -> Iterator[Wording]:
    """The first question that one of the rules makes of the heading, if any of them does and it is clear."""
    plain = _NUMBERING.sub("", heading.replace("\u2019", "'")).strip()
    topic = topic_of(outline)
    if len(plain) > 140:
        return
    for rule in (
        _known_part,
        _asked,
        _how_and_why,
        _what_and_where,
        _of_something,
        _versus,
        _right_thing,
        _instruction,
        _activity,
    ):
        wording = rule(plain.rstrip("."), topic, outline)
        if wording is not None:
            if is_clear(wording.question):
                yield wording
            return


def _worded(question: str, trust: float, wanted: Wanted = Wanted.ANY) -> Wording:
    text = " ".join(question.split()).rstrip("?.! ") + "?"
    return Wording(text[0].upper() + text[1:], kind_of(text), trust, wanted=wanted)


def _asked(heading: str, topic: Topic, _: Outline) -> Wording | None:
    if not heading.endswith("?"):
        return None
    question = _OPENER.sub("", heading)
    about = re.fullmatch(r"what about (.{3,60})\?", question, re.IGNORECASE)
    if about:
        return _worded(f"what about {about[1]} when {topic.doing}", 0.95) if topic.doing else None
    return _worded(in_place_of_pronoun(question, topic), 0.95)


def _known_part(heading: str, topic: Topic, outline: Outline) -> Wording | None:
    key = heading.lower().rstrip("?:")
    if key.startswith(("what you", "you will")) and any(other.lower() == "ingredients" for other in outline.sections):
        key = "equipment"
    tables = ((_RELEASE_PARTS, topic.release), (_PLACE_PARTS, topic.place))
    for table, value in tables:
        if value and key in table:
            return _worded(table[key].format(value), 0.85)
    if topic.product and key in _VERDICTS:
        return _worded(f"Is {topic.product} worth buying?", 0.85)
    if topic.product and key in ("pros", "cons"):
        return _worded(f"What are the {key} of {topic.product}?", 0.9, Wanted.STEPS)
    if topic.product and key in _ASPECTS:
        return _worded(f"What {'are' if is_plural(key) else 'is'} the {key} of {topic.product} like?", 0.85)
    if key in _SUPPLIES and (topic.action or topic.noun):
        return _worded(
            _SUPPLIES[key] + (f" to {topic.action}" if topic.action else f" for {topic.noun}"), 0.9, Wanted.STEPS
        )
    if key in _PROCEDURES and (topic.action or topic.noun):
        return _worded(f"How do I {topic.action or 'make ' + topic.noun}", 0.9, Wanted.STEPS)
    if topic.doing and key in ("common mistakes", "mistakes to avoid", "common mistakes to avoid"):
        return _worded(f"What mistakes should I avoid when {topic.doing}", 0.85)
    return None


def _how_and_why(heading: str, topic: Topic, outline: Outline) -> Wording | None:
    how_to = re.fullmatch(r"(how|when|where|why) to (.+)", heading, re.IGNORECASE)
    if how_to:
        verb, _, rest = lowered_phrase(how_to[2], outline).partition(" ")
        if not rest or not verb.isalpha() or verb in _NOT_AFTER_TO or verb.endswith("ly"):
            return None
        modal = {"how": "do", "when": "should", "where": "can", "why": "should"}[how_to[1].lower()]
        wanted = Wanted.STEPS if modal == "do" else Wanted.ANY
        return _worded(f"{how_to[1]} {modal} I {for_reader(f'{verb} {rest}')}", 0.92, wanted)
    degree = _DEGREE.fullmatch(heading)
    asking, clause = (f"how {degree[1]}{degree[2]}".lower(), degree[3]) if degree else (None, None)
    plain = re.fullmatch(r"(how|why|when|where) (.+)", heading, re.IGNORECASE)
    if plain and not degree:
        asking, clause = plain[1].lower(), plain[2]
    if asking is None or clause is None:
        return None
    return _inverted(asking, in_place_of_pronoun(clause, topic), outline)


def _inverted(asking: str, clause: str, outline: Outline) -> Wording | None:
    parsed = parse_clause(lowered_phrase(clause, outline), outline.decapitalized)
    if parsed is None:
        words = lowered_phrase(clause, outline).split()
        if len(words) < 2 or words[-1] not in THIRD | BASES_ONLY or not is_noun_phrase(words[:-1]):
            return None
        singular = words[-1] in THIRD
        if singular == is_plural(" ".join(words[:-1])):
            return None
        inverted = f"{'does' if singular else 'do'} {' '.join(words[:-1])} {THIRD.get(words[-1], words[-1])}"
    else:
        inverted = parsed.inverted
    return _worded(f"{asking} {for_reader(inverted)}", 0.88, Wanted.REASON if asking == "why" else Wanted.ANY)


BASES_ONLY = dict.fromkeys(BASES, "")


def _what_and_where(heading: str, topic: Topic, outline: Outline) -> Wording | None:
    match = re.fullmatch(r"(what|who|which)( .+)", heading, re.IGNORECASE)
    if match is None:
        return None
    rest = lowered_phrase(in_place_of_pronoun(match[2], topic), outline)
    asking, words = match[1].lower(), rest.split()
    to_do = re.fullmatch(r"((?:[a-z-]+ )?)to ([a-z]+)( .+)?", rest)
    if to_do and to_do[2] in BASES:
        return (
            _worded(f"{asking} {to_do[1]}should I {for_reader(to_do[2] + (to_do[3] or ''))}", 0.85)
            if to_do[3]
            else None
        )
    copula = re.fullmatch(r"(.+) (is|are|was|were)(?: not)?", rest)
    if copula and is_noun_phrase(copula[1].split()):
        return _worded(f"{asking} {copula[2]} {copula[1]}", 0.9)
    if (asking == "what" and words[0] in ("is", "are", "was", "were")) or (words[0] in THIRD and len(words) > 2):
        return _worded(f"{asking} {rest}", 0.85)
    if asking == "what" and (parsed := parse_clause(rest, outline.decapitalized)) is not None:
        return _worded(f"what {for_reader(parsed.inverted)}", 0.85)
    plain = _short_what(words) if asking == "what" else None
    return _worded(plain, 0.85) if plain else None


def _short_what(words: list[str]) -> str | None:
    """Asks about "a knot costs", too short for the clause grammar, which wants an object."""
    if len(words) < 2 or words[-1] not in THIRD or not is_noun_phrase(words[:-1]) or is_plural(" ".join(words[:-1])):
        return None
    return f"what does {' '.join(words[:-1])} {THIRD[words[-1]]}"


def _of_something(heading: str, _: Topic, outline: Outline) -> Wording | None:
    match = _OF_HEADING.match(heading)
    if match is None or (
        not is_noun_phrase(re.sub(r"^\w+ing ", "", match[2]).split()[:9]) and match[2].split()[0].lower() not in BASES
    ):
        return None
    noun, rest = match[1].lower(), heading[match.end(1) :]
    verb = "are" if noun.endswith("s") else "is"
    return _worded(f"what {verb} the {noun}{lowered_phrase_with_space(rest, outline)}", 0.85)


def lowered_phrase_with_space(text: str, outline: Outline) -> str:
    """As ``lowered_phrase``, keeping the blank that joins it to what stands before."""
    return " " + for_reader(lowered_phrase(text, outline))


def _versus(heading: str, _: Topic, outline: Outline) -> Wording | None:
    match = _VERSUS.fullmatch(heading)
    if match is None:
        return None
    first, second = (lowered_phrase(part, outline).strip() for part in match.groups())
    if not all(is_noun_phrase(part.split()) and len(part.split()) <= 4 for part in (first, second)):
        return None
    if (first.split()[0] in BASES and first.split()[0] not in NOUNS_TOO) or any(
        word in THIRD for word in first.split()[1:]
    ):
        return None
    return _worded(f"what is the difference between {first} and {second}", 0.85)


def _right_thing(heading: str, topic: Topic, outline: Outline) -> Wording | None:
    match = _RIGHT_THING.fullmatch(heading)
    if match is None:
        return None
    thing = lowered_phrase(match[1], outline)
    tail = lowered_phrase(match[2], outline) if match[2] else (f"for {topic.doing}" if topic.doing else "")
    return _worded(f"what {'are' if is_plural(thing) else 'is'} the {thing} {for_reader(tail)}", 0.8) if tail else None


def _instruction(heading: str, _: Topic, outline: Outline) -> Wording | None:
    words = lowered_phrase(heading, outline).split()
    verb = words[0].lower()
    if len(words) < 2 or verb not in BASES or verb in _NOT_AN_INSTRUCTION or not _has_object(words):
        return None
    if verb in NOUNS_TOO and words[1] not in DETERMINERS:
        return None
    return _how_do_i(verb, words)


def _activity(heading: str, _: Topic, outline: Outline) -> Wording | None:
    words = lowered_phrase(heading, outline).split()
    verb = GERUND.get(words[0].lower())
    if verb is None or len(words) < 2 or verb in _NOT_A_GERUND or not _has_object(words):
        return None
    if words[1] not in DETERMINERS and (len(words) == 2 and not words[1].endswith("s")):
        return None
    return _how_do_i(verb, words)


def _how_do_i(verb: str, words: list[str]) -> Wording | None:
    if (
        any(word in ("that", "this", "is", "are", "but") for word in words)
        or len(words) > 10
        or re.search(r"[,;:]", " ".join(words))
    ):
        return None
    return _worded(f"how do I {for_reader(' '.join([verb, *words[1:]]))}", 0.8, Wanted.STEPS)


def _has_object(words: list[str]) -> bool:
    if words[1] in DETERMINERS:
        return len(words) > 2
    return words[1] not in _NOT_AN_OBJECT | PREPOSITIONS and words[1] not in PAST and bool(content_words(words[1]))
