"""An article as the rules read it: passages cut into sentences, sections, casing and topic."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from shared.models.content import Article, PassageKind
from shared.text.sentences import clean, split_sentences

MAX_PASSAGES = 400
_BULLET = re.compile(r"^\s*(?:[-*\u2022\u2023\u25aa\u25cf\u2013\u00b7]|\(?\d{1,2}[.)])\s+")
# Arabic vowel marks and tatweel, which the same word has in one place and lacks in the next.
_VOWEL_MARKS = re.compile("[\u064b-\u0652\u0640\u0670]")
_WORD = re.compile(r"[^\W_](?:[\w'\u2019-]*\w)?")
_ANCHOR = re.compile(r"\s+#$|\s*[\u00b6\u00a7\U0001f517]$")
_TIGHT_ANCHOR = re.compile(r"\s*[#\u00b6\u00a7\U0001f517]$")
"""The link to itself that static site generators put behind a heading."""
_SITE_SUFFIX = re.compile(r"\s+[|\u00b7\u2022\u00bb]\s+.*$|\s+[-\u2013\u2014]\s+[^-\u2013\u2014]{1,40}$")


def words_of(text: str) -> list[str]:
    """Words in lower case, without punctuation."""
    return _WORD.findall(_VOWEL_MARKS.sub("", text.lower()))


@dataclass(frozen=True, slots=True)
class Block:
    """One passage with its sentences (for a list, its lines without their bullets)."""

    id: str
    kind: PassageKind
    section: str
    text: str
    sentences: tuple[str, ...]

    @property
    def introduces(self) -> bool:
        """Whether the passage ends by announcing what follows it, such as a list."""
        return self.text.endswith((":", "\uff1a"))


@dataclass(frozen=True)
class Outline:
    """A cleaned article. ``sections`` maps a heading to the indexes of its blocks, in reading order."""

    title: str
    language: str
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, article: Article) -> Outline:
        """Reads an article; passages without any word are left out, as is all beyond the first 400 passages."""
        blocks = []
        sections = {passage.section for passage in article.passages if passage.section}
        # One heading may end in "C#"; where most end so, it is the anchor.
        every = 2 * sum(section.endswith("#") for section in sections) > max(len(sections), 2)
        anchor = _TIGHT_ANCHOR if every else _ANCHOR
        for passage in article.passages[:MAX_PASSAGES]:
            # Code keeps its indentation.
            text = passage.text if passage.kind is PassageKind.CODE else clean(passage.text)
            if _WORD.search(text):
                section = anchor.sub("", clean(passage.section).replace("\n", " "))
                blocks.append(Block(passage.id, passage.kind, section, text, _cut(text, passage.kind)))
        title = clean(article.title).replace("\n", " ")
        language = re.split("[-_]", article.language.lower())[0]
        return cls(title=_SITE_SUFFIX.sub("", title) or title, language=language, blocks=tuple(blocks))

    @property
    def is_unspaced(self) -> bool:
        """Whether the language is written without blanks, with full-width marks."""
        return self.language in ("zh", "ja")

    @cached_property
    def sections(self) -> dict[str, list[int]]:
        """Indexes of the blocks under each heading; the text before the first heading is under ``""``."""
        sections: dict[str, list[int]] = {}
        for index, block in enumerate(self.blocks):
            sections.setdefault(block.section, []).append(index)
        return sections

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word, in lower case, occurs in the passages."""
        return Counter(word for block in self.blocks for word in words_of(block.text))

    @cached_property
    def proper(self) -> frozenset[str]:
        """Words that the running text writes with a capital inside sentences: names, acronyms, German nouns."""
        lower: Counter[str] = Counter()
        capital: Counter[str] = Counter()
        for block in self.blocks:
            for sentence in block.sentences if block.kind is not PassageKind.CODE else ():
                for word in _WORD.findall(sentence)[1:]:
                    (lower if word[0].islower() else capital)[word.lower()] += 1
        return frozenset(word for word, count in capital.items() if count > lower[word])

    def decapitalized(self, word: str) -> str:
        """The word as it would stand inside a sentence: lower case unless it is a name or an acronym."""
        bare = word.strip("\"'\u201c\u201d\u2018\u2019()")
        if bare == "I" or bare.lower() in self.proper or (not bare[1:].islower() and len(bare) > 1):
            return word
        return word.lower()


def _cut(text: str, kind: PassageKind) -> tuple[str, ...]:
    if kind in (PassageKind.CODE, PassageKind.TABLE):
        return (text,)
    if kind is not PassageKind.LIST:
        return tuple(split_sentences(text))
    return tuple(line for line in (_BULLET.sub("", line).strip() for line in text.split("\n")) if line)
