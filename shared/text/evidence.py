"""What a sentence claims, and whether a text holds it: its words, numbers, names and negation."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property

from shared.text.numerals import Number, holds, numbers_in
from shared.text.sentences import split_sentences

# Scripts that put no blank between words: Thai, Lao, Myanmar, Khmer, Chinese and Japanese.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+(?:['\u2019.](?=\w)[^\W_{_UNSPACED}]+)*")
_ARABIC = re.compile("[\u0600-\u06ff]")
_ARABIC_VOWEL_SIGNS = re.compile("[\u064b-\u065f\u0670]")
# Light10 (Larkey, Ballesteros, Connell: "Light Stemming for Arabic Information Retrieval", 2007).
# Single letters other than "and" only before a stem of four: most words that begin with them have no prefix.
_ARABIC_PREFIX = re.compile("^(?:(?:وال|بال|كال|فال|لل|ال|و)(?=..)|[فبلس](?=....))")
_ARABIC_SUFFIX = re.compile("(?<=..)(?:ها|ان|ات|ون|ين|يه|ية|ه|ة|ي|ا)$")  # noqa: RUF001 - Arabic letters
_NEGATIONS = {
    "en": "not no never none neither nor without cannot nothing nobody hardly".split(),
    "de": "nicht nichts nie niemals ohne weder kein keine keinen keinem keiner keines kaum".split(),
    "fr": "ne pas jamais sans aucun aucune ni rien".split(),
    "es": "no nunca jamás sin ningún ninguna ni nada".split(),
    "it": "non mai senza nessun nessuno nessuna né".split(),
    "pt": "não nunca jamais sem nenhum nenhuma nem".split(),
    "nl": "niet niets nooit zonder geen noch".split(),
    "ar": "لا لم لن ليس ليست ليسوا غير بدون دون".split(),
}
_ALWAYS = frozenset("alway stet toujo siemp sempr altij دايم".split())
"""What is said in place of "never", as gists have it: no other content, but the opposite."""
# Longer words that carry no meaning of their own; shorter ones are left out by their length. Accents are dropped.
_EMPTY = frozenset(
    "arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt mustnt shouldnt wasnt werent wont wouldnt "
    "about also although another because been before being both cannot could does each even from have having "
    "hence here however into itself just like made make makes more most much must need needs never next none "
    "often once only other over rather same should since some such than that their them then there these they "
    "this those though through thus under until upon very well were what when where whether which while will "
    "with within without would your aber alle allen alles also andere anderen auch beim beide bereits bevor "
    "damit dann daran darauf daraus darf dass dazu dein denn deren deshalb dessen diese diesem diesen dieser "
    "dieses doch durch eben eine einem einen einer eines etwa etwas fast ganz gibt haben hatte hier ihre "
    "ihrem ihren ihrer immer jede jedem jeden jeder jedes jedoch kann kein keine keinem keinen keiner konnen "
    "machen macht mehr mehrere muss mussen nach nicht nichts noch oder ohne schon sehr sein seine seinem "
    "seinen seiner selbst sich sind sodass soll sollte sondern sowie uber unter viel viele vielen wahrend "
    "waren wegen weil weiter welche welchem welchen welcher welches wenn werden wieder wird wurde wurden zwar "
    "zwischen avec cette comme dans elle elles entre etre leur leurs mais meme nous plus pour quand sans sont "
    "sous tous tout toute tres vous aussi como cuando desde donde entre esta estas este esto estos hasta para "
    "pero porque sino sobre tambien todo todos una unos".split()
)
_EMPTY_ARABIC = "التي الذي هذا هذه ذلك تلك كان كانت على إلى عند مثل بعد قبل من عن في أن إن أو ثم قد كل هو هي"
_CLAUSE_END = re.compile("[,;:\u060c\u061b\u2014]|\\s\u2013\\s")
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s")
_YES_NO = re.compile(
    r"^(?:yes|no|ja|nein|oui|non|sí|si|no|sì|sim|não|nee|نعم|لا)\s*[,،.:;!\u2013\u2014-]\s*", re.IGNORECASE
)
_OPENING = re.compile('[.:!?\u201e\u201c\u00ab"(\u2013\u2014]')
_KATAKANA = re.compile("[\u30a1-\u30ff]{3,}")
_WITHOUT_LATIN = frozenset({"ar", "fa", "he", "hi", "ja", "ko", "th", "ur", "zh"})
_BEFORE_PLACES = frozenset({"in", "aus", "von", "nach"})
_SAME_CONTENT, _SAME_CONTENT_DENIED = 0.75, 0.6
"""Overlap from which a statement is about the same: a denial added by the answer leaves less room for chance."""


MIN_SUPPORT = 0.52
"""Support from which a sentence counts as supported. This and the weights below were chosen on the table in
``tests/unit/grounding_cases.json``."""
_COVERAGE_WEIGHT = 0.75
_CLOSE = 0.6
"""Nearness from which two texts count as saying much the same."""


class Flaw(StrEnum):
    """Why a text does not hold a sentence."""

    NUMBER = "a number is not in the cited passages"
    NAME = "a name is not in the cited passages"
    NEGATION = "the cited passages say the opposite"


def words(text: str) -> list[str]:
    """Normalized words of a text in order; of scripts without blanks, pairs of neighbouring characters.

    Case, accents and Arabic vowel signs are dropped, Arabic words lose common prefixes and endings.
    """
    found: list[str] = []
    bare = _ARABIC_VOWEL_SIGNS.sub("", unicodedata.normalize("NFKC", text))  # A word would end at the first of them.
    for token in _TOKEN.findall(bare):
        if re.match(f"[{_UNSPACED}]", token):
            found += [token[index : index + 2] for index in range(max(len(token) - 1, 1))]
        else:
            found.append(_normal(token))
    return found


def _normal(token: str) -> str:
    decomposed = unicodedata.normalize("NFKD", token.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char) and char not in "\u0640'\u2019.")
    if _ARABIC.match(bare):
        return _ARABIC_SUFFIX.sub("", _ARABIC_PREFIX.sub("", bare.replace("ى", "ي")))
    return bare


def content_words(text: str) -> list[str]:
    """The words that carry meaning: function words are short in most scripts, and the longer ones are listed."""
    return [
        word
        for word in words(text)
        if len(word) >= _least_length(word) and not word.isdecimal() and word not in empty_words()
    ]


@cache
def empty_words() -> frozenset[str]:
    """Normalized words that carry no meaning of their own, the longer ones of several languages."""
    return _EMPTY | frozenset(_normal(word) for word in _EMPTY_ARABIC.split())


def _least_length(word: str) -> int:
    first = word[0]
    if re.match(f"[{_UNSPACED}]", first) or _ARABIC.match(first) or "\uac00" <= first <= "\ud7a3":
        return 2
    return 4


@dataclass(frozen=True)
class Evidence:
    """A text that answers are checked against.

    Attributes:
        text: The text.
        language: ISO 639-1 code.
    """

    text: str
    language: str

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(words(self.text))

    @cached_property
    def _by_start(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = {}
        for word in self._words:
            index.setdefault(word[:3], []).append(word)
        return index

    @cached_property
    def _numbers(self) -> list[Number]:
        return numbers_in(self.text, self.language)

    @cached_property
    def _statements(self) -> list[tuple[frozenset[str], bool]]:
        """The gist of every sentence and every clause, and whether it is negated."""
        sentences = split_sentences(self.text)
        parts = sentences + [clause for sentence in sentences for clause in _CLAUSE_END.split(sentence)]
        return [(gist(part) - _ALWAYS, negated(part, self.language)) for part in parts]

    def has_word(self, word: str) -> bool:
        """Whether a normalized word occurs, another inflection of it, or a compound that holds it."""
        if word in self._words:
            return True
        if len(word) < 4 or re.match(f"[{_UNSPACED}]", word):
            return False
        if any(_same_stem(word, other) for other in self._by_start.get(word[:3], ())):
            return True
        return len(word) >= 5 and any(word in other or (len(other) >= 5 and other in word) for other in self._words)

    def coverage(self, sentence: str, *, given: frozenset[str] = frozenset()) -> float:
        """Share of a sentence's content words that the text holds, 0 to 1.

        Args:
            sentence: The sentence.
            given: Words that the question already said. They prove nothing, so the other words decide when there are at
                least two; otherwise they count when held, and do not count against the sentence when missing.
        """
        counted = [(word, self.has_word(word)) for word in dict.fromkeys(content_words(sentence))]
        new = [held for word, held in counted if word not in given]
        decisive = new if len(new) >= 2 else [held for word, held in counted if held or word not in given]
        if not decisive:
            return float(not counted and bool(numbers_in(sentence, self.language)))
        return sum(decisive) / len(decisive)

    def echoes(self, sentence: str, asked: frozenset[str]) -> bool:
        """Whether the sentence takes a word from a stranger's question that the text does not hold.

        "Does honey cause cancer?" must not prove "Yes, honey causes cancer" by its own words.

        Args:
            sentence: The sentence.
            asked: Content words of the question.
        """
        return any(word in asked and not self.has_word(word) for word in content_words(sentence))

    def lacks_number(self, sentence: str, *, language: str | None = None) -> bool:
        """Whether a sentence, in the text's language or one that is named, gives a number that the text does not."""
        said = numbers_in(_LIST_NUMBER.sub("", sentence), language or self.language)
        return not all(holds(number, self._numbers) for number in said)

    def lacks_name(self, sentence: str, *, language: str | None = None) -> bool:
        """Whether the sentence gives a name that the text does not, as far as its script shows names."""
        return not all(self._has_name(name) for name in names(sentence, language or self.language))

    def _has_name(self, written: str) -> bool:
        if _KATAKANA.match(written):
            return written in unicodedata.normalize("NFKC", self.text)
        name = _normal(written)
        if self.language == "de":  # what counts as a name there is often a common noun
            return self.has_word(name)
        return name in self._words or any(_same_name(name, other) for other in self._by_start.get(name[:3], ()))

    def contradicts(self, sentence: str) -> bool:
        """Whether the text says the same thing, but negated where the sentence is not, or the other way round."""
        said, denied = gist(sentence) - _ALWAYS, negated(sentence, self.language)
        least = _SAME_CONTENT_DENIED if denied else _SAME_CONTENT
        polarities = {other_denied for other, other_denied in self._statements if overlap(said, other) >= least}
        return bool(polarities) and denied not in polarities

    def flaw(self, sentence: str) -> Flaw | None:
        """What is plainly wrong with a sentence, apart from how many of its words occur."""
        if self.lacks_number(sentence):
            return Flaw.NUMBER
        if self.lacks_name(sentence):
            return Flaw.NAME
        return Flaw.NEGATION if self.contradicts(sentence) else None

    def support(self, sentence: str, *, nearness: float, given: frozenset[str] = frozenset()) -> float:
        """How well the text supports a sentence, 0 to 1; 0 for a wrong number or name and for the opposite.

        Words are compared, not what they say of each other: "quickly" for "slowly" among many right words passes.

        Args:
            sentence: What is said.
            nearness: Similarity of the two texts' embeddings, 0 for unrelated, 1 for the same.
            given: Content words of the question.
        """
        if self.flaw(sentence):
            return 0.0
        closeness = min(max(nearness / _CLOSE, 0.0), 1.0)
        return _COVERAGE_WEIGHT * self.coverage(sentence, given=given) + (1 - _COVERAGE_WEIGHT) * closeness


def _common_start(word: str, other: str) -> int:
    return next(
        (i for i, (left, right) in enumerate(zip(word, other, strict=False)) if left != right),
        min(len(word), len(other)),
    )


def _same_stem(word: str, other: str) -> bool:
    """Whether two words differ only in their ending: at most a third of the longer one, and four letters in common."""
    return _common_start(word, other) >= max(4, (2 * max(len(word), len(other)) + 2) // 3)


def _same_name(name: str, other: str) -> bool:
    """Whether two names differ by an ending of at most two letters, or by their last letter when they are long."""
    common, shorter, longer = _common_start(name, other), *sorted((len(name), len(other)))
    return (common == shorter and longer - shorter <= 2 and shorter >= 3) or common >= max(5, longer - 1)


def gist(text: str) -> frozenset[str]:
    """A text's content words cut to five letters without a plural s: texts are told apart, inflections are not.

    Cutting words is the simplest stemming that works across European languages (McNamee and Mayfield: "Character N-Gram
    Tokenization for European Language Text Retrieval", 2004).
    """
    return frozenset(word[:5].rstrip("s") for word in content_words(text))


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """Jaccard index of two gists, 0 to 1."""
    return len(left & right) / len(left | right) if left and right else 0.0


def negated(sentence: str, language: str) -> bool:
    """Whether a sentence denies something; an opening yes or no answers the question and does not count."""
    said = _YES_NO.sub("", sentence).casefold()
    tokens = re.findall(r"[^\W_]+(?:['\u2019][^\W_]+)?", said)
    return any(token in _NEGATIONS.get(language, ()) or token.endswith(("n't", "n\u2019t")) for token in tokens)


def names(sentence: str, language: str) -> list[str]:
    """Words of a sentence that are proper names, acronyms or words of a foreign script.

    In scripts with capitals: a capitalized word that does not open a sentence or quotation. German capitalizes every
    noun, so there only neighbouring capitalized words and those right after a bare preposition of place count. In
    scripts without capitals: words in Latin letters, and Katakana of three and more characters.
    """
    sentence = unicodedata.normalize("NFKC", sentence)
    found: list[str] = _KATAKANA.findall(sentence)
    before, end = "", 0
    for match in _TOKEN.finditer(sentence):
        token = match[0]
        opening = end == 0 or _OPENING.search(sentence[end : match.start()]) is not None
        if _is_acronym(token) or (token[0].isupper() and not opening and _is_name(token, before, language)):
            found.append(token)
        elif language in _WITHOUT_LATIN and re.match("[A-Za-z]{2}", token):
            found.append(token)
        before, end = token.lower() if opening else token, match.end()
    return found


def _is_acronym(token: str) -> bool:
    capitals = sum(char.isupper() for char in token)
    return capitals >= 2 or (capitals >= 1 and any(char.isdigit() for char in token))


def _is_name(token: str, before: str, language: str) -> bool:
    if language == "de":
        return before[:1].isupper() or before.lower() in _BEFORE_PLACES
    return len(token) > 1
