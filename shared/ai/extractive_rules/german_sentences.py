"""Questions that one German sentence answers: definitions, reasons, instructions, conditions and dates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.ai.extractive_rules.german import (
    AUXILIARY,
    FUNCTION,
    NOT_VERBS,
    PREFIXES,
    hangs,
    is_clear,
    lower_first,
    worded,
)
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Wording

MAX_CHARS = 400
_DATE = (
    r"(?:(?:im (?:Jahre? |(?:Frühjahr|Sommer|Herbst|Winter|Januar|Februar|März|April|Mai|Juni|"
    r"Juli|August|September|Oktober|November|Dezember) )|am \d{1,2}\. \w+ |um |ab |nach "
    r")?(?:1[0-9]{3}|20[0-9]{2})|im (?:frühen |späten )?\d{1,2}\. Jahrhundert)"
)
_DATED = re.compile(rf"{_DATE} ([a-zäöüß]+ .{{8,}})", re.IGNORECASE)
_SINCE = re.compile(r"seit (?:dem Jahr )?(?:1[0-9]{3}|20[0-9]{2}) ([a-zäöüß]+ .{8,})", re.IGNORECASE)
_CLASSES = re.compile(
    r"(?:eine?|die|der|das) (?:[\wäöüß-]+ ){0,3}?[A-ZÄÖÜ][\wäöüß-]+(?:, (?:der|die|das|den|"
    r"dem|mit|in|auf|an|bei|aus|für|wo)\b| (?:aus|zum|zur|für|mit|von|der|des|in)\b)"
)
_COPULA = re.compile(
    r"((?:(?:ein|eine|der|die|das) )?(?:[a-zäöüß]+ ){0,2}[A-ZÄÖÜ][\wäöüß-]+(?: "
    r"[A-ZÄÖÜ][\wäöüß-]+)?) (ist|sind) (.{12,})"
)
_VAGUE = frozenset(
    "Grund Ergebnis Problem Schritt Punkt Idee Antwort Frage Trick Ziel Schlüssel Rest "
    "Unterschied Vorteil Nachteil Ding Sache Teil Beispiel "
    "Fehler Lösung Folge Zimmer Haus Mann Frau Geschichte Moment Zeit Tag Morgen Abend Ort "
    "Platz Fall Regel Anfang Ende Wahrheit "
    "Tatsache Ursache Wirkung Voraussetzung Faustregel Preis Alternative Ausnahme Wichtig "
    "Entscheidend Gut Schlecht".split()
)
_SUBJECT = (
    r"((?:(?:[Dd]er|[Dd]ie|[Dd]as|[Ee]in|[Ee]ine|[Kk]ein|[Kk]eine) "
    r")?(?:[A-ZÄÖÜa-zäöüß-]+e[rsn]? ){0,2}?[A-ZÄÖÜ][\wäöüß-]+(?: (?:des|der|von|aus|mit|im|in|"
    r"zum|zur) (?:[a-zäöüß]+ ){0,1}[A-ZÄÖÜ][\wäöüß-]+)?)"
)
_FRAMES = tuple(
    (re.compile(_SUBJECT + pattern), question)
    for pattern, question in (
        (r" (besteht|bestehen) (?:\w+ ){0,2}aus ", "Woraus {1} {0}?"),
        (r" (stammt|stammen|kommt|kommen) (?:\w+ ){0,2}aus ", "Woher {1} {0}?"),
        (
            r" (dauert|dauern) (?:\w+ ){0,2}?(?:\d|eine|ein|zwei|drei|vier|fünf|sechs|zehn|einige|mehrere)",
            "Wie lange {1} {0}?",
        ),
        (
            r" (hält|halten) (?:sich )?(?:\w+ ){0,2}?(?:\d+|eine|zwei|drei|vier|fünf|sechs|zehn|"
            r"einige|mehrere) (?:\w+ )?(?:Tage|Wochen|Monate|Jahre|Stunden)",
            "Wie lange {1} {0}?",
        ),
        (r" (kostet|kosten|wiegt|wiegen) (?:\w+ ){0,2}?\d", "Wie viel {1} {0}?"),
        (r" (entsteht|entstehen)(?:,)? (?:\w+ ){0,2}?(?:durch|wenn|aus|indem) ?", "Wie {1} {0}?"),
        (r" (dient|dienen) (?:\w+ )?(?:dazu|zum|zur|als) ?", "Wozu {1} {0}?"),
        (r" (hängt|hängen) .{0,40}?von .{3,60} ab\b", "Wovon {1} {0} ab?"),
        (r" (funktioniert|funktionieren) (?:\w+ ){0,3}?(?:indem|weil|nach|durch|mit) ?", "Wie {1} {0}?"),
    )
)


def from_sentence(sentence: str, outline: Outline) -> Iterator[Wording]:
    """Every clear question that a rule makes of the sentence."""
    if not 25 <= len(sentence) <= MAX_CHARS or sentence[-1] in "?:":
        return
    text = sentence.rstrip(".! ")
    for rule in (_definition, _called, _reason, _therefore, _aim, _condition, _dated, _framed):
        for wording in rule(text, outline):
            if is_clear(wording.question):
                yield wording


def _definition(text: str, outline: Outline) -> Iterator[Wording]:
    match = _COPULA.match(text)
    if match is None:
        return
    subject, verb, complement = match.groups()
    nouns = [word for word in subject.split() if word[0].isupper() and word.lower() not in FUNCTION]
    if (
        not nouns
        or any(noun in _VAGUE for noun in nouns)
        or (
            nouns[0].lower() in outline.counts
            and outline.counts[nouns[-1].lower()] < 2
            and not subject.lower().startswith("ein")
        )
    ):
        return
    indefinite = re.match(r"eine? ", subject, re.IGNORECASE)
    names_class = _CLASSES.match(complement) is not None
    if (
        verb == "ist"
        and (
            names_class
            or (
                indefinite and re.match(r"(?:eine?|nichts anderes als|im grunde eine?) [\wäöüß -]*[A-ZÄÖÜ]", complement)
            )
        )
    ) or (
        verb == "sind"
        and re.match(r"(?:[a-zäöüß]+ ){0,3}[A-ZÄÖÜ][\wäöüß-]+(?:, (?:die|deren)| aus| mit)\b", complement)
    ):
        yield worded(f"Was {verb} {lower_first(subject)}", 0.86 if indefinite else 0.82)


def _called(text: str, _: Outline) -> Iterator[Wording]:
    match = re.search(
        r"\b(?:nennt|heißt|nennen) (?:man |sich |Fachleute |Bäcker |das |dies(?:es|en|e) "
        r"?)?(einen |eine |ein |den |die |das )?[\u201e\"]?([A-ZÄÖÜ][\wäöüß-]+)[\u201c\"]?(?=$|"
        r"[.,;:])",
        text,
    )
    if match is None:
        understood = re.match(r"Unter ((?:eine[mr] |dem |der )?[A-ZÄÖÜ][\wäöüß-]+) versteht man ", text)
        if understood:
            yield worded(f"Was versteht man unter {understood[1]}", 0.88)
        return
    article = {"einen": "ein", "den": "der"}.get((match[1] or "").strip(), (match[1] or "").strip())
    question = f"Was ist {article} {match[2]}" if article else f"Was versteht man unter \u201e{match[2]}\u201c"
    yield worded(question, 0.8, before=1 if hangs(text) else 0)


def _main_clause(clause: str) -> str | None:
    """A statement in question order ("bremst kaltes Wasser die Hefe"), or None when its verb is not certain."""
    words = clause.split()
    if re.search("[,;:()\u201e\u201c\u2013]", clause) or not 3 <= len(words) <= 18:
        return None
    command = re.match(r"([A-ZÄÖÜ][a-zäöüß]+n) Sie (.+)", clause)
    if command:
        return _commanded(command[1].lower(), command[2])
    seen_noun = False
    for place, word in enumerate(words[:9]):
        if (word[0].isupper() and (place or word.lower() not in FUNCTION)) or word.lower() == "man":
            seen_noun = True
            continue
        looks_finite = word in AUXILIARY or re.search(r"(?:[bdfgklmnprstzßh]t|te|ten|en)$", word) is not None
        preceded_by_noun = place and (words[place - 1][0].isupper() or words[place - 1].lower() == "man")
        if seen_noun and preceded_by_noun and word not in FUNCTION | NOT_VERBS:
            return (
                f"{word} {lower_first(' '.join(words[:place]))} {' '.join(words[place + 1 :])}"
                if looks_finite
                else None
            )
    return None


def _commanded(verb: str, rest: str) -> str | None:
    words = rest.split()
    if words[-1].lower() in PREFIXES:
        verb, words = words[-1].lower() + verb, words[:-1]
    return (
        f"sollte man {' '.join(words)} {verb}"
        if words and not re.search(r"\b(?:Ihr\w*|sich|Sie|nie|niemals)\b", rest)
        else None
    )


def _reason(text: str, _: Outline) -> Iterator[Wording]:
    match = re.fullmatch(r"([^,]{12,120}), (?:weil|da) (.{8,})", text)
    if match is None:
        return
    question = _main_clause(match[1])
    if question and not hangs(text):
        yield worded(f"Warum {question}", 0.8)


def _therefore(text: str, _: Outline) -> Iterator[Wording]:
    match = re.match(r"(?:Deshalb|Darum|Daher|Deswegen|Aus diesem Grund) ([a-zäöüß]+ [^,;:]{8,100})", text)
    if match and (match[1].split()[0] in AUXILIARY or match[1].split()[0].endswith(("t", "en"))):
        yield worded(f"Warum {match[1]}", 0.76, before=1)


def _aim(text: str, _: Outline) -> Iterator[Wording]:
    match = re.match(r"Um ([^,]{3,70}?) (?:zu ([a-zäöüß]+n)|([a-zäöüß]*?)zu([a-zäöüß]+n)), ", text)
    if match is None or (match[3] and match[3] not in PREFIXES):
        return
    yield worded(f"Wie kann man {match[1]} {match[2] or match[3] + match[4]}", 0.85)


def _condition(text: str, _: Outline) -> Iterator[Wording]:
    match = re.match(r"(Wenn|Falls) ([^,]{8,80}), (.+)", text)
    advice = re.compile(
        r"(?:[a-zäöüß]+en Sie|hilft|helfen|sollte|sollten|muss|müssen|kann man|genügt|empfiehlt|"
        r"lohnt|braucht|nimmt man|gibt man|legt man|dann hilft|ist es (?:Zeit|besser|ratsam))\b"
    )
    if match and advice.match(match[3]):
        yield worded(f"Was tun, {match[1].lower()} {match[2]}", 0.82)
    whoever = (
        None
        if re.search(r"\bkein", text)
        else re.match(
            r"Wer ([^,]{8,70} (?:will|möchte|braucht|hat|sucht|plant|kauft)), (?:sollte|muss|braucht|kann)\b", text
        )
    )
    if whoever:
        yield worded(f"Was sollte man tun, wenn man {whoever[1]}", 0.76)


def _dated(text: str, _: Outline) -> Iterator[Wording]:
    since = _SINCE.match(text)
    match = since or _DATED.match(text)
    if match:
        clause = re.split(r"[,;:(\u2013]| und (?=\w+(?:te|ten|de|t)\b)", match[1])[0]
        first = clause.split()[0]
        if (first in AUXILIARY or re.search(r"(?:te|ten|g|b|f|ß|d|m|hm|et|t|en)$", first)) and len(
            clause.split()
        ) <= 16:
            yield worded(f"{'Seit wann' if since else 'Wann'} {clause}", 0.78)
        return
    passive = re.match(_SUBJECT + rf" (wurde|wurden|war) {_DATE} ([^,;:(]{{4,80}})", text)
    if passive:
        yield worded(f"Wann {passive[2]} {lower_first(passive[1])} {passive[3]}", 0.78)


def _framed(text: str, _: Outline) -> Iterator[Wording]:
    for pattern, template in _FRAMES:
        match = pattern.match(text)
        if match:
            nouns = [word for word in match[1].split() if word[0].isupper() and word.lower() not in FUNCTION]
            if nouns and nouns[0] not in _VAGUE:
                yield worded(template.format(lower_first(match[1]), match[2]), 0.8)
            return
