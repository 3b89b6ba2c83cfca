"""What an English article is about, as far as its title says so plainly."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.ai.extractive_rules.english import STOP_WORDS, content_words, for_reader
from shared.ai.extractive_rules.english_clauses import DETERMINERS, PREPOSITIONS, is_noun_phrase, is_plural
from shared.ai.extractive_rules.english_verbs import BASES, NOUNS_TOO, PAST, THIRD, gerund
from shared.ai.extractive_rules.outline import Outline

_FUNCTION_WORDS = STOP_WORDS | DETERMINERS | PREPOSITIONS | BASES
_REVIEW = re.compile(r"(?:(.{3,50}?):? (?:hands-on )?review\b|review(?: of)?:? (.{3,50}?)(?:[:,]|$))", re.IGNORECASE)
_RELEASE = re.compile(
    r"(?:what's new in |announcing |release notes(?: for)?:? |released: )?([A-Z][\w. -]{1,30}? v?\d+(?:\.\d+)+)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:in|to|around|through|across) ((?:the )?[A-Z]\w+(?:[ -][A-Z]\w+){0,2})(?:[:,.?!]|$)")
_WHAT_IS = re.compile(r"what (?:is|are) (.+?)\??$|how (.+?) works?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Topic:
    """Empty strings stand for what the title does not say.

    Attributes:
        noun: The thing, as a noun phrase that may stand in for "it".
        action: A "how to" title's action without "how to": "sharpen a kitchen knife".
        product: What a review is about, with its article.
        release: Name and version that release notes are about.
        place: The place a title names.
    """

    noun: str = ""
    action: str = ""
    product: str = ""
    release: str = ""
    place: str = ""

    @property
    def doing(self) -> str:
        """The action as a gerund: "sharpening a kitchen knife"."""
        verb, _, rest = self.action.partition(" ")
        return f"{gerund(verb)} {rest}".strip() if verb else ""


def topic_of(outline: Outline) -> Topic:
    """Reads the title."""
    title = outline.title.replace("\u2019", "'").strip().rstrip(".!")
    how_to = re.match(r"how to ([a-z].{3,60}?)(?:[:;,.(?!]| [-\u2013\u2014] | without | - |$)", title, re.IGNORECASE)
    action = _action(how_to[1], outline) if how_to else ""
    review = _REVIEW.match(title)
    product = (review[1] or review[2]).strip() if review else ""
    release = _RELEASE.match(title)
    place = _PLACE.search(title)
    return Topic(
        noun="" if action else _noun(title, outline),
        action=action,
        product=product if not product or re.match(r"(?:the|a|an) ", product, re.IGNORECASE) else f"the {product}",
        release=release[1] if release else "",
        place=place[1] if place else "",
    )


def _action(text: str, outline: Outline) -> str:
    words = lowered_phrase(text, outline).split()
    return for_reader(" ".join(words)) if len(words) > 1 and words[0].isalpha() and words[0] not in STOP_WORDS else ""


def _noun(title: str, outline: Outline) -> str:
    what_is = _WHAT_IS.match(title)
    candidate = (what_is[1] or what_is[2]) if what_is else re.split(r"[:;(]| [-\u2013\u2014] ", title)[0]
    words = lowered_phrase(candidate, outline).split()
    if (
        not 1 <= len(words) <= 4
        or not is_noun_phrase(words)
        or re.search(r"\b(?:or|vs|versus|i|you|we|my|your|our)\b", candidate.lower())
    ):
        return ""
    if any(word in THIRD or word in PAST or (word in BASES and word not in NOUNS_TOO) for word in words):
        return ""
    # The thing must carry the text, or "it" might mean something else.
    meaning = content_words(" ".join(words))
    head = meaning[-1] if meaning else ""
    if not head or outline.counts[head] + outline.counts[head + "s"] < 3:
        return ""
    return " ".join(words)


def lowered_phrase(text: str, outline: Outline) -> str:
    """A heading or title in running-text case: names keep their capitals, the rest loses title case."""
    words = text.strip().split()
    named = (
        len(words) > 1
        and words[1][0].isupper()
        and not outline.counts[words[0].lower()] > 1
        and words[0].lower() not in _FUNCTION_WORDS
    )
    return " ".join(
        outline.decapitalized(word)
        if (place == 0 and not named) or outline.counts[word.lower()] or word.lower() in _FUNCTION_WORDS
        else word
        for place, word in enumerate(words)
    )


def in_place_of_pronoun(question: str, topic: Topic) -> str:
    """Writes the topic where a heading says "it" or "they", if number agrees; otherwise changes nothing."""
    if not topic.noun:
        return question
    pronoun = r"\bthey\b" if is_plural(topic.noun) else r"\bit\b"
    return re.sub(pronoun, topic.noun, question, count=1, flags=re.IGNORECASE)
