"""Answers: verbatim runs of sentences, whole sections or lists, that can be read without what stands before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, takewhile

from shared.ai.extractive_rules.outline import Outline, words_of
from shared.ai.extractive_rules.wording import Grammar, Wording
from shared.models.content import PassageKind
from shared.text.sentences import clean, joined, split_sentences

MAX_CHARS = 600
MAX_LIST_CHARS = 4_000
MAX_SENTENCES = 6
_TERSE_CHARS = 60
_ROUNDED_CHARS = 340
_AMPLE_CHARS = 480
_WHOLE_SECTION_CHARS = 1_400
"""A section up to this length is answered with whole: what it says first is often what it then denies."""

_ENOUGH_SECTION_CHARS = 700
_FURNITURE_CHARS = 120
# Markup and page may differ in a sentence, such as a link that only one of them has.
_DECLARED_SHARE = 0.8
# With nothing but such a word in front, a sentence can be read by itself.
_AND = re.compile(r"^(?:And|But|So|Und|Aber|Doch|Et|Mais|Y|Pero|E|Ma|Mas|En|Maar),? ")
_PROSE = (PassageKind.PARAGRAPH, PassageKind.QUOTE)
_ENDED = ("?", "!", ".", ":", "\uff1f", "\uff01", "\u3002", "\u061f")
_UNFINISHED = (":", "\uff1a", "?", "\uff1f", "\u061f", ",", "\u060c")


@dataclass(frozen=True, slots=True)
class Answer:
    """A possible answer.

    Attributes:
        text: What the reader sees.
        blocks: Indexes of the blocks that it is taken from.
        sentences: Those it consists of, as (block, sentence).
        is_list: Whether it is a list, with its introduction if it has one.
        is_overview: Whether it names what several sections say.
    """

    text: str
    blocks: tuple[int, ...]
    sentences: tuple[tuple[int, int], ...]
    is_list: bool = False
    is_overview: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question with the answers it might have; embeddings decide between them.

    Attributes:
        wording: The question.
        answers: Its possible answers.
        query: What to search with, if that is not the question itself.
        certain: Whether the answer is right by the way it was made, so that no search has to confirm it.
    """

    wording: Wording
    answers: tuple[Answer, ...]
    query: str = ""
    certain: bool = False


def around(outline: Outline, grammar: Grammar, block: int, place: int, wording: Wording) -> Answer | None:
    """The answer that one matched sentence gives, with as many neighbours as it needs to be understood."""
    sentences = outline.blocks[block].sentences
    first = place - wording.before
    while 0 < first and place - first < MAX_SENTENCES - 1 and grammar.hangs(_AND.sub("", sentences[first])):
        first -= 1
    if first < 0 or grammar.hangs(_AND.sub("", sentences[first])) or sentences[first].endswith(_UNFINISHED):
        return None
    if outline.blocks[block].kind is PassageKind.LIST:
        return _run(outline, block, place, place)
    last = min(place + wording.after, len(sentences) - 1)
    while last + 1 < len(sentences) and last + 1 - first < MAX_SENTENCES:
        length = sum(len(sentence) + 1 for sentence in sentences[first : last + 1])
        following = sentences[last + 1]
        wanted = length < _TERSE_CHARS or (grammar.hangs(following) and length < _ROUNDED_CHARS)
        if not wanted or length + len(following) > MAX_CHARS or following.endswith(_UNFINISHED):
            break
        last += 1
    return _run(outline, block, first, last)


def below(outline: Outline, blocks: list[int], *, wants_steps: bool) -> Answer | None:
    """What stands below a heading: all of it if it is short, else whole passages until they say enough.

    Args:
        outline: The article.
        blocks: Those below the heading, in reading order.
        wants_steps: Whether a list further down, which does not fit, would be the better answer.
    """
    scale = 3 if outline.is_unspaced else 1  # A Chinese character says as much as three letters.
    told = [index for index in blocks if outline.blocks[index].kind is not PassageKind.TABLE] or blocks
    if blocks[-1] == len(outline.blocks) - 1 and blocks[0] > 0:
        # What follows an article's last prose may be the page's furniture, taken for text.
        told = [
            told[0],
            *takewhile(lambda index: scale * len(outline.blocks[index].text) >= _FURNITURE_CHARS, told[1:]),
        ]
    whole = scale * sum(len(outline.blocks[index].text) for index in told) <= _WHOLE_SECTION_CHARS
    taken: list[int] = []
    for index in told:
        length = scale * sum(len(outline.blocks[block].text) for block in taken)
        if taken and not whole and length >= _ENOUGH_SECTION_CHARS and not outline.blocks[taken[-1]].introduces:
            break
        taken.append(index)
    lists = [answer for index in blocks if (answer := _listed(outline, index, blocks)) and answer.is_list]
    if wants_steps and lists and not any(set(answer.blocks) <= set(taken) for answer in lists):
        return max(lists, key=lambda answer: len(answer.text))
    while len(taken) > 1 and outline.blocks[taken[-1]].sentences[-1].endswith(_UNFINISHED):
        taken.pop()
    sentences = [(index, place) for index in taken for place in range(len(outline.blocks[index].sentences))]
    answer = _joined(outline, sentences)
    return answer if len(answer.text) <= MAX_LIST_CHARS and not answer.text.endswith(_UNFINISHED) else None


def anywhere(outline: Outline, grammar: Grammar) -> Iterator[Answer]:
    """All answers that the article could give to its title: its lists, and its prose from each sentence on."""
    blocks = list(range(len(outline.blocks)))
    for index in blocks:
        if (listed := _listed(outline, index, blocks)) is not None:
            yield listed
        for first, sentence in enumerate(outline.blocks[index].sentences):
            stands = outline.blocks[index].kind in _PROSE and not grammar.hangs(sentence)
            if stands and not sentence.endswith(_UNFINISHED) and (answer := _from(outline, index, first)):
                yield answer


def following(outline: Outline, block: int, place: int) -> Answer | None:
    """What stands right behind a question in running text, or on the next line of a list of questions and answers."""
    sentences = outline.blocks[block].sentences
    if place + 1 >= len(sentences) or sentences[place + 1].endswith(_UNFINISHED):
        return None
    if outline.blocks[block].kind is PassageKind.LIST:
        return _run(outline, block, place + 1, place + 1)
    return _from(outline, block, place + 1)


def outlined(outline: Outline, names: dict[str, str], *, with_text: bool) -> Answer:
    """A list of what headings say.

    Args:
        outline: The article.
        names: What to list, by heading.
        with_text: Whether the first passage below each heading is added, as far as all of them fit.
    """
    blocks = tuple(outline.sections[heading][0] for heading in names)
    told = [outline.blocks[block] for block in blocks]
    fits = with_text and sum(len(block.text) for block in told) <= MAX_LIST_CHARS
    lines = []
    for name, block in zip(names.values(), told, strict=True):
        ended = name if name.endswith(_ENDED) else f"{name}\u3002" if outline.is_unspaced else f"{name}."
        lines.append("- " + (joined((ended, *block.sentences)) if fits and block.kind in _PROSE else name))
    places = tuple((block, 0) for block in blocks)
    return Answer("\n".join(lines), blocks, places, is_list=True, is_overview=True)


def declared(outline: Outline, text: str) -> Answer | None:
    """Where the page itself says what its FAQ markup declares, or None if it does not say so in its text."""
    wanted = {" ".join(words_of(sentence)) for sentence in split_sentences(clean(text))} - {""}
    places = [
        (index, place, " ".join(words_of(sentence)))
        for index, block in enumerate(outline.blocks)
        if block.kind in (*_PROSE, PassageKind.LIST)
        for place, sentence in enumerate(block.sentences)
    ]
    places = [found for found in places if found[2] in wanted]
    if not wanted or len({said for _, _, said in places}) < _DECLARED_SHARE * len(wanted):
        return None
    kept: list[tuple[int, int]] = []
    room = MAX_CHARS
    for index, place, _ in places:
        room -= len(outline.blocks[index].sentences[place]) + 1
        if room >= 0:
            kept.append((index, place))
    return _joined(outline, kept) if kept else None


def _run(outline: Outline, block: int, first: int, last: int) -> Answer | None:
    places = [(block, place) for place in range(first, last + 1)]
    answer = _joined(outline, places)
    return answer if len(answer.text) <= MAX_CHARS and not answer.text.endswith(_UNFINISHED) else None


def _from(outline: Outline, block: int, first: int) -> Answer | None:
    sentences = outline.blocks[block].sentences
    last, length = first, len(sentences[first])
    while (
        last + 1 < len(sentences)
        and last - first < MAX_SENTENCES - 1
        and length + 1 + len(sentences[last + 1]) <= _AMPLE_CHARS
    ):
        last += 1
        length += 1 + len(sentences[last])
    while last > first and sentences[last].endswith(_UNFINISHED):
        last -= 1
    return _run(outline, block, first, last)


def _listed(outline: Outline, index: int, blocks: list[int]) -> Answer | None:
    """A list with its introduction, or code that is introduced; a long list comes in several blocks."""
    if outline.blocks[index].kind not in (PassageKind.LIST, PassageKind.CODE):
        return None
    parts = [index]
    if outline.blocks[index].kind is PassageKind.LIST:
        lists = {block for block in blocks if outline.blocks[block].kind is PassageKind.LIST}
        if index - 1 in lists:
            return None
        parts = list(takewhile(lists.__contains__, count(index)))
    lines = [(part, place) for part in parts for place in range(len(outline.blocks[part].sentences))]
    before = outline.blocks[index - 1] if index - 1 in blocks else None
    opening: list[tuple[int, int]] = []
    if before is not None and before.introduces and before.kind in _PROSE:
        opening = [(index - 1, len(before.sentences) - 1)]
    if outline.blocks[index].kind is PassageKind.CODE and not opening:
        return None
    answer = _joined(outline, opening + lines)
    return (
        Answer(answer.text, answer.blocks, answer.sentences, is_list=True)
        if len(answer.text) <= MAX_LIST_CHARS
        else None
    )


def _joined(outline: Outline, places: list[tuple[int, int]]) -> Answer:
    lines: list[str] = []
    previous = -1
    for block, place in places:
        source = outline.blocks[block]
        in_list = source.kind is PassageKind.LIST
        sentence = ("- " if in_list and len(places) > 1 else "") + source.sentences[place]
        if block == previous and not in_list:
            lines[-1] = joined((lines[-1], sentence))
        else:
            lines.append(sentence)
        previous = block
    text = "\n".join(lines)
    return Answer(text, tuple(dict.fromkeys(block for block, _ in places)), tuple(places))
