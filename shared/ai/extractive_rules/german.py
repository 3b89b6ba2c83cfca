"""German: what makes a question clear and an answer stand alone."""

from __future__ import annotations

import re

from shared.ai.extractive_rules.wording import Wanted, Wording
from shared.models.content import QuestionKind

PREFIXES = (
    "ab an auf aus bei dar ein fest fort heraus herunter hervor hinzu hoch los mit nach "
    "nieder um unter vor vorbei weg weiter wieder zu zurück zusammen"
).split()
FUNCTION = frozenset(
    "der die das den dem des ein eine einen einem einer eines kein keine man es er sie wir "
    "ich du ihr und oder aber in im an am auf "
    "aus bei mit nach von vom zu zum zur für gegen ohne um durch über unter vor hinter neben "
    "zwischen seit bis während wegen als wie "
    "wenn weil dass ob damit nicht auch nur schon noch sehr so viel viele mehr alle jede "
    "jeder jedes manche einige beim ins ans "
    "mein dein sein unser euer diese dieser dieses frisch frische kaltes warmes richtig "
    "richtige zwei drei vier fünf".split()
)
AUXILIARY = frozenset(
    "ist sind war waren wird werden wurde wurden kann können konnte konnten muss müssen "
    "musste mussten soll sollen sollte sollten darf "
    "dürfen durfte durften hat haben hatte hatten mag mögen will wollen lässt lassen ließ gibt bleibt bleiben".split()
)
NOT_VERBS = frozenset(
    "oft nicht meist jetzt fast selbst sonst dort erst zuletzt gut weit seit mit laut samt "
    "statt nebst direkt leicht echt bereits stets "
    "zwischen neben gegen unten oben innen außen hinten vorn eben selten zusammen wegen "
    "trotz einen keinen ihren seinen unseren allen "
    "vielen beiden anderen meisten ersten zweiten guten alten neuen recht nächsten eigenen sehr insgesamt".split()
)
_POINTING = re.compile(
    r"\b(?:dies(?:e[rsmn]?)?|jene[rsmn]?|solche[rsmn]?|hier|oben|unten|folgende[rsmn]?|"
    r"obige[rsmn]?|dort|ersterer?|letzterer?|"
    r"davon|daran|darin|darauf|damit|dabei|dafür|dagegen|darüber|danach|dazu|daraus|ebenso|"
    r"ebenfalls|auch|wieder|nun|jetzt|außerdem|dessen|deren|ich)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:er|sie|es|ihn|ihm|ihnen|wir|uns|unser\w*|mich|mir|mein\w*)\b")
_HANGING = re.compile(
    r"(?:aber|doch|und|oder|denn|sondern|also|so|dann|danach|dabei|damit|dadurch|daher|darum|"
    r"deshalb|deswegen|davon|dazu|daran|darin|"
    r"darauf|daraus|dagegen|dafür|darüber|darunter|dies\w*|jene\w*|solche\w*|er|sie(?! "
    r"(?:sollten|können|müssen|brauchen))|es|ihn|ihm|ihr\w*|sein\w*|außerdem|"
    r"trotzdem|dennoch|jedoch|allerdings|hingegen|zudem|ebenso|auch|sonst|anschließend|"
    r"schließlich|später|nun|jetzt|hier|dort|das (?:ist|war|liegt|gilt|hat|geht|heißt|"
    r"bedeutet|macht|klingt|kann|reicht|führt|funktioniert|zeigt|sieht|spart)|"
    r"beide\w*|deren|dessen|denen|wer das|letztere\w*|erstere\w*|zum beispiel|im gegenteil|"
    r"andernfalls|wie gesagt|ja|nein|nur so|genau|zweitens|drittens|erst dann|der grund|die "
    r"folge|der rest|die andere\w*|der andere)\b",
    re.IGNORECASE,
)
_LEANING = re.compile(r"(?:[\wäöüß-]+,? ){1,3}(?:er|sie|ihn|ihm|ihnen)\b")
_KINDS = (
    (
        re.compile(
            r"wie (?:viel|viele|lange|oft|hoch|weit|groß|schwer|tief|warm|heiß|alt)\b|bei welcher "
            r"temperatur"
        ),
        QuestionKind.HOW_MANY,
    ),
    (re.compile(r"(?:wie|womit|wodurch)\b"), QuestionKind.HOW),
    (re.compile(r"(?:warum|wieso|weshalb|wozu|wofür)\b"), QuestionKind.WHY),
    (re.compile(r"(?:seit |bis |ab )?wann\b|in welchem (?:jahr|jahrhundert)"), QuestionKind.WHEN),
    (re.compile(r"(?:wer|wen|wem|von wem|wessen)\b"), QuestionKind.WHO),
    (re.compile(r"(?:wo|woher|wohin)\b"), QuestionKind.WHERE),
    (
        re.compile(
            r"(?:was|welche[rsnm]?|woran|woraus|worin|worauf|wovon|in welche[rmn]|an welche[rmn]|auf "
            r"welche[rmn])\b"
        ),
        QuestionKind.WHAT,
    ),
)
_YES_NO = re.compile(
    r"(?:ist|sind|war|kann|können|darf|dürfen|muss|müssen|soll|sollte|sollten|hat|haben|gibt|"
    r"braucht|brauche|lohnt|hilft|schadet|macht|wird|werden|lässt|stimmt|darf|reicht|gehört|"
    r"kommt|verträgt|hält|halten)\b",
    re.IGNORECASE,
)


def hangs(sentence: str) -> bool:
    """Whether a sentence leans on the one before it and so cannot open an answer."""
    opening = sentence.lstrip("\u201e\u201c\"'\u00bb(")
    return _HANGING.match(opening) is not None or _LEANING.match(opening) is not None


def kind_of(question: str) -> QuestionKind:
    """What a question asks for, by its first words."""
    lowered = question.lower()
    return next((kind for pattern, kind in _KINDS if pattern.match(lowered)), QuestionKind.OTHER)


def is_clear(question: str) -> bool:
    """Whether a question can be understood without the page."""
    words = re.findall(r"[\w-]+", question)
    if not 3 <= len(words) <= 20 or len(question) > 160 or _POINTING.search(question):
        return False
    if (
        kind_of(question) is QuestionKind.OTHER
        and not _YES_NO.match(question)
        and not re.match(r"(?:Wenn|Was tun)\b", question)
    ):
        return False
    nouns = [word for word in words[1:] if word[0].isupper() and word not in ("Sie", "Ihr", "Ihre", "Ihren", "Ihnen")]
    pronoun = _PRONOUN.search(question)
    return bool(nouns) and (pronoun is None or question.find(nouns[0]) < pronoun.start())


def worded(question: str, trust: float, *, before: int = 0, wanted: Wanted = Wanted.ANY) -> Wording:
    """A question from its words, with capital, question mark and kind."""
    text = " ".join(question.split()).rstrip("?.,;: ") + "?"
    text = text[0].upper() + text[1:]
    return Wording(text, kind_of(text), trust, before=before, wanted=wanted)


def lower_first(text: str) -> str:
    """Lower-cases the first word if it is no noun: a function word, or an adjective in front of a noun."""
    first, _, rest = text.partition(" ")
    is_attribute = bool(rest) and rest[0].isupper() and first.lower().endswith(("e", "er", "es", "en", "em"))
    return f"{first.lower()} {rest}".strip() if first.lower() in FUNCTION or is_attribute else text
