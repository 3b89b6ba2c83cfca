"""English: what makes a question clear and an answer stand alone, and how a page's "you" becomes its reader's "I"."""

from __future__ import annotations

import re

from shared.ai.extractive_rules.english_clauses import AUXILIARIES, PREPOSITIONS, is_noun_phrase
from shared.ai.extractive_rules.english_verbs import BASES, GERUND, NOUNS_TOO, PARTICIPLE, PAST, THIRD
from shared.models.content import QuestionKind

_POINTING = frozenset(
    "this these those here above below following such former latter aforementioned he she "
    "him they them there thing things "
    "so also again now then previous next latest ones another hers theirs something somebody someone else".split()
)
_BACKWARD = frozenset("it its itself their his her".split())
STOP_WORDS = frozenset(
    "a an the of in on at for with from by to into and or but if when while as than that "
    "which who whom whose what why how where is "
    "are was were be been being do does did have has had can could will would should must "
    "may might not no i me my you your we our "
    "us it its they them their he she his her this these those there here very more most "
    "much many some any all each every good "
    "out up down off over away back inside outside through around about between before after really "
    "better best right wrong new old use used need make get go way ways thing things lot "
    "kind worth matter bother one ones".split()
)
_DEGREES = frozenset(
    "long often far soon fast well quickly first last early late likely possible necessary really actually ever".split()
)
_ASKING = re.compile(
    r"(?:(?:at|in|on|for|from|with|to|by|of|under|until|since|after|before) )?(?:what|why|how|"
    r"when|where|who|whom|whose|which)\b"
    r"|(?:is|are|was|were|do|does|did|can|could|will|would|should|must|may|might|has|have|am|"
    r"isn't|aren't|don't|doesn't|can't)\s\w",
    re.IGNORECASE,
)
_RHETORICAL = re.compile(
    r"(?:what(?:'s| is| comes)? next|so what|now what|who (?:cares|knows)|why (?:now|bother|"
    r"not|me|us)\W*$|what (?:could|can) (?:possibly )?go wrong|"
    r"(?:are you )?ready|(?:do you )?(?:have|got|any|still have).{0,16}questions?|sounds? "
    r"(?:familiar|good)|what do you think|"
    r"did you know|how about|what if|want to|need (?:help|more)|looking for|who (?:are|is|am) (?:we|i|you)|"
    r"(?:do|did|have|are|were|will|would) you (?:like|love|want|enjoy|agree|know|ever|find|try|tried|been|have any)|"
    r"what's (?:your|the point|not to)|is anyone|does anyone|how hard can)\b",
    re.IGNORECASE,
)
_HANGING = re.compile(
    r"(?:but|and|so|or|yet|nor|however|moreover|furthermore|therefore|thus|hence|instead|"
    r"otherwise|still|then|also|besides|likewise|"
    r"similarly|conversely|consequently|accordingly|nevertheless|nonetheless|meanwhile|"
    r"afterwards?|later|finally|again|too|"
    r"it|its|it's|they|they're|them|their|he|she|his|her|him|this|that|that's|these|those|"
    r"such|both|neither|either|each|"
    r"another|others?|the (?:other|others|latter|former|same|second|third|next|rest)|the "
    r"(?:result|reason|answer|difference|opposite|trick|idea|effect)(?! (?:between|of|for|to|"
    r"why|that))|"
    r"for example|for instance|in (?:addition|contrast|other words|fact|short|return|turn|"
    r"that|this|these|those|both|either)|"
    r"on the other hand|as a result|because of (?:this|that)|after (?:that|this)|at (?:that|"
    r"this)|by (?:that|then|this)|even so|"
    r"until then|since then|from (?:this|that|these|here|there)|with (?:this|that|these|it|"
    r"them)|for (?:this|that|these)|to (?:this|that)|"
    r"here|there it|not so|same|most of (?:them|it|these)|some of (?:them|it|these)|one of "
    r"(?:them|these)|only then|that is why|which|"
    r"nor|yes|no|exactly|right|as (?:above|mentioned|noted|before|such)|all (?:of )?(?:this|"
    r"that|these|those|them)|what (?:this|that)|"
    r"if (?:so|not|it|they|this|that)|when (?:it|they|this|that)|once (?:it|they|this|that)|"
    r"while (?:it|they|this|that)|"
    r"because (?:it|they|this|that)|as (?:it|they|this|that)|although (?:it|they|this|that)|"
    r"doing (?:so|this|that)|more importantly|"
    r"first|second|third|next|worse|better|even (?:then|better|worse))\b",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"(?:[\w'-]+ ){1,6}(?:of|in|for|with|to|from|by|about) (?:this|that|these|those|them|"
    r"it)\b|(?:[\w'-]+ ){1,3}(?:it|they|them)\b|now (?:take|for|let|that)\b",
    re.IGNORECASE,
)
_KINDS = (
    (
        re.compile(
            r"how (?:many|much|long|often|far|high|tall|deep|old|hot|cold|big|large|heavy|fast|"
            r"wide)\b|(?:at|to) what temperature\b"
        ),
        QuestionKind.HOW_MANY,
    ),
    (re.compile(r"how\b"), QuestionKind.HOW),
    (re.compile(r"why\b|what causes\b"), QuestionKind.WHY),
    (re.compile(r"(?:\w+ )?(?:when\b|what (?:year|date|time)\b)|in which (?:year|century)\b"), QuestionKind.WHEN),
    (re.compile(r"(?:\w+ )?(?:who|whom|whose)\b"), QuestionKind.WHO),
    (re.compile(r"(?:\w+ )?where\b"), QuestionKind.WHERE),
    (re.compile(r"(?:\w+ )?(?:what|which)\b"), QuestionKind.WHAT),
)
_BEFORE_SUBJECT = AUXILIARIES | frozenset(
    "if when that what before after while because as than once until unless whether how why "
    "where which do does did have has had and".split()
)
_READER = {"your": "my", "yours": "mine", "yourself": "myself"}


def kind_of(question: str) -> QuestionKind:
    """What a question asks for, by its first words."""
    lowered = question.lower()
    return next((kind for pattern, kind in _KINDS if pattern.match(lowered)), QuestionKind.OTHER)


def is_name(heading: str) -> bool:
    """Whether a heading is a noun phrase: "Battery life", but not "Flat out"."""
    words = re.findall(r"[\w'\u2019-]+", heading)
    lowered = [word.lower() for word in words]
    return is_noun_phrase(words) and lowered[-1] not in STOP_WORDS and names_something(lowered)


def is_rhetorical(question: str) -> bool:
    """Whether a question is only a turn of phrase, with no answer below it."""
    return _RHETORICAL.match(question) is not None


def hangs(sentence: str) -> bool:
    """Whether a sentence leans on the one before it ("But this …") and so cannot open an answer."""
    opening = sentence.lstrip("\"'\u201c\u2018(")
    return _HANGING.match(opening) is not None or _LEANING.match(opening) is not None


def content_words(text: str) -> list[str]:
    """Words that carry meaning, in lower case."""
    return [
        word for word in re.findall(r"[a-z0-9][\w'\u2019-]*", text.lower()) if word not in STOP_WORDS and len(word) > 1
    ]


def is_clear(question: str) -> bool:
    """Whether a question is a real one, complete, and needs nothing but its own words to be understood."""
    words = re.findall(r"[\w'-]+", question.replace("\u2019", "'").lower())
    if (
        not 3 <= len(words) <= 22
        or len(question) > 160
        or (_ASKING.match(question) is None and not _opens_with_condition(question))
    ):
        return False
    if _RHETORICAL.match(question) or any(word in _POINTING for word in words) or not content_words(question):
        return False
    if re.search(
        r"\b(?:is|are|was|were|does|did|do|why|how|about|of|for|with|after|before|by|like) that\b(?! \w+ (?:is|are)\b)",
        question.lower(),
    ):
        return False
    if re.search(r"\b(?:instead(?! of)|(?:too|both)(?=\?))|\b(?:which|the|an?|this|that) ones?\b", question.lower()):
        return False
    return all(
        word not in _BACKWARD or names_something(words[:place]) for place, word in enumerate(words)
    ) and names_something(words)


def names_something(words: list[str]) -> bool:
    """Whether there is a noun among the words: a content word that is not just a form of a verb or a degree."""
    meaning = [word for word in content_words(" ".join(words)) if word not in _DEGREES | AUXILIARIES]
    return any(word in NOUNS_TOO or not _is_verb_form(word) for word in meaning)


def _is_verb_form(word: str) -> bool:
    return word in BASES or word in THIRD or word in PAST or word in PARTICIPLE or word in GERUND


def _opens_with_condition(question: str) -> bool:
    match = re.match(r"(?:if|when|once|after|before) [^,]{3,80}, (.*)", question, re.IGNORECASE)
    return match is not None and _ASKING.match(match[1]) is not None


def for_reader(text: str) -> str:
    """Turns the page's "you" into the reader's "I": "should you rest your dough" → "should I rest my dough"."""
    words = text.split()
    lowered = [word.lower() for word in words]
    for place, word in enumerate(lowered):
        if word in _READER:
            words[place] = _READER[word]
        elif word == "you":
            before = lowered[place - 1] if place else ""
            subject = place == 0 or before in _BEFORE_SUBJECT
            is_object = not subject and (before in PREPOSITIONS or before in BASES or before in THIRD or before in PAST)
            words[place] = "me" if is_object else "I"
            if words[place] == "I":
                _agree(words, place)
    return " ".join(words)


def _agree(words: list[str], place: int) -> None:
    agreed = {"are": "am", "were": "was", "aren't": "am not"}
    for neighbour in (place - 1, place + 1):
        if 0 <= neighbour < len(words) and words[neighbour].lower() in agreed:
            words[neighbour] = agreed[words[neighbour].lower()]
            return


def about_author(question: str) -> str | None:
    """Turns a writer's "I" into "the author", or returns None where that cannot be done word by word."""
    words = question.split()
    if sum(word == "I" for word in words) != 1 or re.search(r"\b(?:you|your|we|our|us)\b", question, re.IGNORECASE):
        return None
    place = words.index("I")
    agreed = {"do": "does", "am": "is", "have": "has", "don't": "doesn't", "haven't": "hasn't"}
    if place:
        words[place - 1] = agreed.get(words[place - 1].lower(), words[place - 1])
    swapped = {"I": "the author", "my": "their", "me": "them", "myself": "themselves", "mine": "theirs"}
    return " ".join(swapped.get(word, word) for word in words)
