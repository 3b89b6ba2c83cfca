"""Which language a text is in: what the page declares, unless the text itself contradicts it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

# Python's \w leaves out the vowel signs of the Indic scripts.
_WORD = re.compile(r"(?:[^\W\d_]|[\u0900-\u0dff])+")

UNKNOWN = "und"
"""ISO 639-2 code of an undetermined language."""

_SAMPLE_CHARS = 20_000
_SCRIPT_SHARE = 0.3
"""A script is the text's when at least this share of its letters is in it; quotations and product names stay below."""

_PROFILE_SHARE = 0.08
_PROFILE_LEAD = 1.4
_OVERRULING_SHARE = 0.15
_OVERRULING_LEAD = 4.0
"""Stop words make up 20 to 40 % of running text. A declared language falls only to an overwhelming other one."""

# The first word of a letter's Unicode name is its script. Languages are ISO 639-1, the likeliest first.
_LANGUAGES_OF_SCRIPT = {
    "CYRILLIC": "ru uk bg sr mk be kk ky mn tg tt ba".split(),
    "ARABIC": "ar fa ur ps sd ug ku".split(),
    "DEVANAGARI": "hi mr ne sa".split(),
    "CJK": ["zh", "ja"],
    "KANA": ["ja"],
    "HANGUL": ["ko"],
    "GREEK": ["el"],
    "HEBREW": ["he", "yi"],
    "THAI": ["th"],
    "BENGALI": ["bn", "as"],
    "GURMUKHI": ["pa"],
    "GUJARATI": ["gu"],
    "ORIYA": ["or"],
    "TAMIL": ["ta"],
    "TELUGU": ["te"],
    "KANNADA": ["kn"],
    "MALAYALAM": ["ml"],
    "SINHALA": ["si"],
    "LAO": ["lo"],
    "MYANMAR": ["my"],
    "KHMER": ["km"],
    "TIBETAN": ["bo", "dz"],
    "GEORGIAN": ["ka"],
    "ARMENIAN": ["hy"],
    "ETHIOPIC": ["am", "ti"],
}
_ALSO_IN_LATIN = {"sr", "kk", "tt", "ku", "ug", "pa"}
_NEVER_IN_LATIN = {language for languages in _LANGUAGES_OF_SCRIPT.values() for language in languages} - _ALSO_IN_LATIN

# The commonest function words that the neighbouring languages do not share.
_STOP_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and of to is that it was for with as are this be from have not you they which",
        "de": "der die und das ist nicht mit den von ein eine sich auf für auch dem wird sind als werden",
        "fr": "les des est et une dans qui pour pas sur plus avec sont cette ce au du ne ou il",
        "es": "los las y del una por con para es se más como pero sus su lo al este muy está",
        "pt": "os não uma com do da dos das em para mais como mas é são foi ao também pela seu",
        "it": "il di che è per non sono della con gli una le nel alla anche più dei come questo si",
        "nl": "de het een van en is dat niet op zijn voor met aan ook wordt bij worden naar maar uit",
        "sv": "och att det som är på för inte av med den till har ett om kan eller jag från också",
        "da": "og at det er som på til af ikke med den der har et kan eller jeg fra også blev",
        "no": "og at det er som på til av ikke med den har et kan eller jeg fra også ble etter",
        "fi": "ja on ei että se hän mutta ovat myös kun oli joka niin tai sen kuin ole jos mitä voi",
        "pl": "się nie jest na że w z do to jak po od przez oraz które są dla ale może tym",
        "cs": "se na je že v s do jako ale pro jsou po to které být nebo při také jsem této",
        "ro": "și de la în cu nu este care pentru din mai sunt sau fi prin ca o pe dar acest",
        "hu": "a az és hogy nem is egy meg csak de van volt mint már vagy azt ezt lehet még ha",
        "tr": "ve bir bu için ile de da olarak çok daha gibi olan değil ne kadar en sonra ama var veya",
        "id": "yang dan di dengan untuk ini dari itu adalah tidak pada dalam akan juga ke atau oleh bisa karena lebih",
        "vi": "và của là có không được cho các một với trong những này đã khi để người từ như nhưng",
        "ru": "и в не на что как это по для из но от он все так или если только был при они",
        "uk": "не на що як це з по для та але від він все так якщо до які про також було бути",
        "bg": "и в не на че как това по за но от той да или ако до към при който много може",
        "sr": "и не на да како то по за али од он или ако до који која што као није може због",
        "ar": "في من على إلى أن هذا التي عن مع هذه الذي لا ما كان أو كل بعد بين ذلك قد",
        "fa": "و در به از که این را با است برای آن یک می تا های شود هم خود بر کرد",
        "ur": "کے میں کی ہے اور سے کا کو ہیں پر نے یہ کہ بھی ایک تو وہ ہو اس لیے",
        "hi": "के में है की और से का को हैं पर ने यह कि भी एक तो वह हो इस लिए",
        "mr": "आणि आहे या ते मध्ये हे व आहेत की असे च्या पण साठी एक होते ला हा तर ही नाही",
        "ne": "र को मा छ का लाई पनि यो हो भने गर्न छन् हरू ले गरेको एक तर थियो त्यो बाट",
    }.items()
}
_SAME_PROFILE = {"nb": "no", "nn": "no"}


def language_of(text: str, declared: Iterable[str]) -> str:
    """The ISO 639-1 code of a text's language, ``UNKNOWN`` if it cannot be told.

    The first declared language that is written in the text's script is believed, unless the stop words clearly belong
    to another one (templates often declare English whatever they hold). Without one, a script of one language decides,
    else the stop words.

    Args:
        text: Running text, the more the better.
        declared: ISO 639-1 codes that the page declares, the most credible first.
    """
    sample = text[:_SAMPLE_CHARS]
    scripts = _scripts(sample)
    candidates = [language for script in scripts for language in _LANGUAGES_OF_SCRIPT.get(script, _latin_profiles())]
    scores = _stop_word_shares(sample, candidates)
    best, share, runner_up = _leader(scores)
    for claim in declared:
        if _is_plausible(claim, scripts):
            profile = _SAME_PROFILE.get(claim, claim)
            contradicted = share >= _OVERRULING_SHARE and share >= _OVERRULING_LEAD * scores.get(profile, share)
            return best if contradicted else claim
    if len(candidates) == 1 or scripts[:1] in (["KANA"], ["CJK"], ["HEBREW"], ["BENGALI"], ["ETHIOPIC"], ["TIBETAN"]):
        return candidates[0]
    # Outside the Latin script the few candidates are close relatives, and the likeliest of them wins a tie.
    leads = best in _NEVER_IN_LATIN or share >= _PROFILE_LEAD * runner_up
    return best if share >= _PROFILE_SHARE and leads else UNKNOWN


def are_different(language: str, other: str) -> bool:
    """Whether two texts are known to be in different languages."""
    return UNKNOWN not in (language, other) and language != other


def stop_words(language: str | None = None) -> frozenset[str]:
    """The commonest function words of a language, or of all that are known here together; lower-cased."""
    if language is not None:
        return _STOP_WORDS.get(language, frozenset())
    return frozenset(word for words in _STOP_WORDS.values() for word in words)


def _scripts(text: str) -> list[str]:
    """The scripts that the text is written in, the commonest first."""
    letters = Counter(_script(char) for char in text if char.isalpha())
    # A Chinese or Japanese character says about as much as three letters: code and names must not outweigh the prose.
    for script in ("CJK", "KANA", "HANGUL"):
        letters[script] *= 3
    # Japanese mixes both; a Chinese text has no kana beyond a name or two.
    if letters["KANA"] > 0.1 * letters["CJK"]:
        letters["KANA"] += letters.pop("CJK", 0)
    total = letters.total()
    return [script for script, count in letters.most_common() if count and count >= _SCRIPT_SHARE * total]


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return "KANA" if name.startswith(("HIRAGANA", "KATAKANA")) else name


def _latin_profiles() -> list[str]:
    return [language for language in _STOP_WORDS if language not in _NEVER_IN_LATIN]


def _is_plausible(language: str, scripts: Iterable[str]) -> bool:
    return any(
        language in _LANGUAGES_OF_SCRIPT[script] if script in _LANGUAGES_OF_SCRIPT else language not in _NEVER_IN_LATIN
        for script in scripts
    )


def _stop_word_shares(text: str, languages: Iterable[str]) -> dict[str, float]:
    words = _WORD.findall(text.casefold())
    counts = Counter(words)
    return {
        language: sum(counts[word] for word in _STOP_WORDS[language]) / len(words)
        for language in languages
        if words and language in _STOP_WORDS
    }


def _leader(scores: dict[str, float]) -> tuple[str, float, float]:
    """The best language, its share and the share of the next best."""
    ranked = sorted(scores.items(), key=lambda item: item[1], reverse=True) + [(UNKNOWN, 0.0)] * 2
    return ranked[0][0], ranked[0][1], ranked[1][1]
