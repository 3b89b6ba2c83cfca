"""Whether a line is a question that stands on its own, by closed classes of words in the languages known here."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from shared.text.language import language_of, stop_words

_MARKS = "?\uff1f\u061f\u037e\u055e"
QUESTION_MARKS = tuple(_MARKS)
_MARK_OF = {
    "ar": "\u061f",
    "fa": "\u061f",
    "ur": "\u061f",
    "zh": "\uff1f",
    "ja": "\uff1f",
    "el": ";",
    "hy": "\u055e",
    "fr": " ?",
}
_INTERROGATIVES = {
    language: frozenset(words.split())
    for language, words in {
        "en": "what why how when who whom whose where which is are was were do does did can could should would "
        "will has have had may might must am isn't aren't wasn't weren't don't doesn't didn't can't "
        "couldn't shouldn't won't",
        "de": "was warum wieso weshalb wie wann wer wem wen wessen wo woher wohin womit wofür wodurch woran worin "
        "woraus wovon wozu worauf worum welche welcher welches welchen welchem ist sind war waren kann "
        "können darf dürfen muss müssen soll sollte hat haben wird werden gibt",
        "fr": "que qu' quoi quel quelle quels quelles pourquoi comment quand qui où combien est-ce lequel laquelle",
        "es": "qué por cómo cuándo quién quiénes dónde cuál cuáles cuánto cuánta cuántos cuántas",
        "it": "che cosa cos'è perché come quando chi dove quale quali quanto quanta quanti quante",
        "pt": "que quê por como quando quem onde qual quais quanto quanta quantos quantas",
        "nl": "wat waarom hoe wanneer wie waar welke welk hoeveel is zijn kan moet",
        "ar": "ما ماذا لماذا كيف متى من أين هل كم أي لم بم مم عم إلى",
        "ru": "что почему как когда кто где какой какая какое какие каким сколько зачем чем куда откуда",
    }.items()
}
_PRONOUNS = {
    language: frozenset(words.split())
    for language, words in {
        "en": "it this that these those they them he him she her its their his",
        "de": "es das dies diese dieser dieses sie er ihn ihm ihr sein",
        "fr": "ce c'est cela ça il elle ils elles on",
        "es": "esto eso esta este ella él ellos ellas",
        "ar": "هذا هذه ذلك تلك",
    }.items()
}
_ARTICLES = frozenset("the an der die das ein eine le la les un une el los las una il lo gli het een".split())
_UNSPACED_QUESTION = re.compile(
    "什么|怎么|如何|哪|谁|何|多少|几|なぜ|どう|いつ|だれ|誰|どこ|どの|なに|いくつ|"
    "อะไร|ทำไม|อย่างไร|เมื่อไ|ที่ไหน|ใคร|กี่|เท่าไ|(?:吗|呢|么|か|ไหม)$"
)
_TOPIC = re.compile(r"^.*?\w ?[:\uff1a] ?\u00bf?(?=[^\W\d])")
"""What a question is about, put in front of it: "Hay fever: …"."""
_AND = re.compile(r"[,;]?\s+(?:and|und|et|y|e|en|и)\s+|\s+و(?=\w)")
_MIN_WORDS = {"ar": 2, "he": 2, "tr": 2}
_MIN_UNSPACED_CHARS = 5


def as_question(line: str, language: str) -> str | None:
    """The line as a question with its language's mark, or None when it is none that stands on its own.

    Refused are fragments, statements, questions about nothing but a pronoun ("What is this?"), and questions that open
    like those of another language than the article's. A topic in front makes a short question whole ("Hay fever: how
    often?").
    """
    if line.rstrip().endswith((".", "!")):
        return None
    marks = (
        _MARKS + ";" if language == "el" else _MARKS
    )  # What Greek asks with is a semicolon, in Unicode's normal form.
    body = line.strip().rstrip(marks + " .!\u3002\u2026")
    marked = any(mark in line.strip()[len(body) :] for mark in marks)
    if script(body) == "CJK" or script(body) == "THAI":
        asks = len(body) >= _MIN_UNSPACED_CHARS and (marked or _UNSPACED_QUESTION.search(body))
    else:
        tokens = _tokens(body)
        asked = _tokens(_TOPIC.sub("", body))
        asks = (
            len(tokens) >= _MIN_WORDS.get(language, 3)
            and (_asks(tokens, language, marked=marked) or (asked != tokens and marked))
            and _has_subject(tokens, language)
        )
    return body + _MARK_OF.get(language, "?") if asks else None


def language_asked_in(question: str, declared: Sequence[str] = ()) -> str:
    """The ISO 639-1 code of a question's language, ``UNKNOWN`` if it cannot be told.

    The word that it opens with says more than the few others, unless the likeliest language has that word too.

    Args:
        question: What is asked.
        declared: Languages that it is likely to be in, the likeliest first.
    """
    likely = language_of(question, declared)
    tokens = _tokens(question)
    opening = tokens[0].replace("\u2019", "'") if tokens else ""
    speaking = [language for language, words in _INTERROGATIVES.items() if opening in words]
    if not speaking or likely in speaking:
        return likely

    def known(language: str) -> int:
        return sum(token in _INTERROGATIVES[language] or token in stop_words(language) for token in tokens)

    return max(speaking, key=known)


def parts_of(question: str) -> list[str]:
    """The questions that one line asks ("How much salt, and how many calories?"); the line itself if it asks one."""
    found = [part.strip(" ,;") for part in re.split(f"(?<=[{_MARKS}])\\s+", question)]
    parts: list[str] = []
    for part in found:
        start = 0
        for match in _AND.finditer(part):
            opening = _tokens(part[match.end() :])[:1]
            if opening and any(opening[0] in words for words in _INTERROGATIVES.values()):
                parts.append(part[start : match.start()].strip(" ,;"))
                start = match.end()
        parts.append(part[start:])
    return [part for part in parts if re.search(r"\w", part)]


def opens_as_question(text: str, language: str) -> bool:
    """Whether the first word is one that opens questions; in Chinese and Japanese, whether there is such a word."""
    if script(text) == "CJK":
        return _UNSPACED_QUESTION.search(text) is not None
    tokens = _tokens(text)
    return bool(tokens) and tokens[0] in _INTERROGATIVES.get(language, ())


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['\u2019-][^\W_]+)*", text.casefold())


def _asks(tokens: list[str], language: str, *, marked: bool) -> bool:
    known = _INTERROGATIVES.get(language)
    if known is None:
        return marked
    opening = tokens[0].replace("\u2019", "'")
    if opening in known:
        return True
    foreign = any(opening in others for others in _INTERROGATIVES.values())
    # English asks with an auxiliary or a question word; other languages may just put the verb first.
    return marked and not foreign and (language != "en" or not known.isdisjoint(tokens))


def _has_subject(tokens: list[str], language: str) -> bool:
    pronouns = _PRONOUNS.get(language, frozenset())
    said = [
        t for t in tokens if t not in _INTERROGATIVES.get(language, ()) and t not in pronouns | _ARTICLES and len(t) > 1
    ]
    return len(said) >= (2 if pronouns.intersection(tokens) else 1)


def script(text: str) -> str:
    """The script most letters are in, by Unicode name ("LATIN"); Chinese and Japanese are both "CJK", no letters ""."""
    counts = Counter(unicodedata.name(char, "").split(" ")[0] for char in text[:2_000] if char.isalpha())
    name = counts.most_common(1)[0][0] if counts else ""
    return "CJK" if name in {"CJK", "HIRAGANA", "KATAKANA"} else name


def is_in_script(text: str, expected: str) -> bool:
    """Whether a fair part of a text's letters is in a script; foreign names and terms may make up the rest."""
    letters = [char for char in text if char.isalpha()]
    return sum(script(char) == expected for char in letters) >= 0.3 * len(letters)
