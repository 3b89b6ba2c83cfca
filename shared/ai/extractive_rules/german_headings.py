"""Questions that German headings ask or imply, mostly by moving the finite verb, without changing a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.ai.extractive_rules.german import AUXILIARY, FUNCTION, NOT_VERBS, PREFIXES, is_clear, lower_first, worded
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Wanted, Wording

_W_WORD = re.compile(
    r"(warum|wieso|weshalb|wie|woran|womit|wodurch|wann|wo|was|woraus|wofür|wozu|wovon|wer|"
    r"wie (?:oft|lange|viel|weit|heiß|viele \w+|viel \w+))\b (.+)",
    re.IGNORECASE,
)
_KEY_NOUN = re.compile(
    r"(?:(?:die|der|das) )?((?:wichtigste[nr]? |häufigste[nr]? |größte[nr]? )?(?:Vorteile|"
    r"Nachteile|Ursachen|Gründe|Arten|Regeln|Risiken|Aufgaben|Symptome|Folgen|Fehler|"
    r"Unterschiede)) ((?:von|des|der|für|bei|beim|zwischen) .{3,60})"
)
_DIFFERENCE = re.compile(r"(?:der )?Unterschied zwischen (.{3,60})|(.{2,30}) (?:oder|vs\.?|gegen) (.{2,30})")
_INFINITIVE = re.compile(r"((?:[\wäöüßÄÖÜ-]+ ){1,6})([a-zäöüß]+(?:en|ern|eln))")


def from_heading(heading: str, outline: Outline) -> Iterator[Wording]:
    """The first question that one of the rules makes of the heading, if it is clear."""
    plain = re.sub(
        r"^(?:(?:schritt|tipp|regel|frage)?\s*\d{1,2}\s*[.:)]|frage:)\s*", "", heading, flags=re.IGNORECASE
    ).strip()
    if not 8 <= len(plain) <= 140:
        return
    rules = (_asked, _how_to, _verb_final, _named_matter, _infinitive)
    for rule in rules:
        wording = rule(plain, outline)
        if wording is not None:
            if is_clear(wording.question):
                yield wording
            return


def _asked(heading: str, outline: Outline) -> Wording | None:
    if not heading.endswith("?"):
        return None
    question = re.sub(r"^(?:und|aber|also|nun|doch|gut),? ", "", heading, flags=re.IGNORECASE)
    question = question[0].upper() + question[1:]
    return worded(question, 0.95) if is_clear(question) else _completed(question, outline)


def _completed(heading: str, outline: Outline) -> Wording | None:
    """Names the title's thing where a question says "es" or "er", or leaves out what is to be done with it."""
    things = [word for word in re.findall(r"[A-ZÄÖÜ][\wäöüß-]+", outline.title) if outline.counts[word.lower()] >= 5]
    if not things:
        return None
    thing = things[0]
    undone = re.fullmatch(
        r"((?:Wie|Wann|Womit|Warum)(?: \w+)? (?:muss|sollte|soll|kann|darf) man) (?:es |sie |ihn )?([a-zäöüß]+en)\?",
        heading,
    )
    if undone:
        return worded(f"{undone[1]} {thing} {undone[2]}", 0.95)
    text = " ".join(block.text for block in outline.blocks)
    for pronoun, article, sign in (("es", "das", "das"), ("er", "der", "einen")):
        if re.search(rf"\b{pronoun}\b", heading) and re.search(rf"\b{sign} {re.escape(thing)}\b", text, re.IGNORECASE):
            return worded(re.sub(rf"\b{pronoun}\b", f"{article} {thing}", heading, count=1), 0.95)
    return None


def _how_to(heading: str, _: Outline) -> Wording | None:
    match = re.fullmatch(r"so (gelingt|gelingen|entsteht|funktioniert|funktionieren) (.{3,60})", heading, re.IGNORECASE)
    return worded(f"Wie {match[1].lower()} {lower_first(match[2])}", 0.88, wanted=Wanted.STEPS) if match else None


def _verb_final(heading: str, _: Outline) -> Wording | None:
    """Turns "Warum der Teig aufgeht" into "Warum geht der Teig auf?": the last word becomes the second."""
    match = _W_WORD.fullmatch(heading)
    if match is None or re.search("[,;:!]", heading):
        return None
    words = match[2].split()
    verb = words[-1]
    if (
        len(words) < 2
        or not re.fullmatch(r"[a-zäöüß]+", verb)
        or not (verb in AUXILIARY or re.search(r"(?:t|en|te|ten|ln|rn)$", verb))
    ):
        return None
    if (
        words[0] in AUXILIARY
        or verb in NOT_VERBS
        or (verb.startswith("ge") and verb not in ("gehen", "gelingen", "gehört", "gelingt", "geht", "gibt"))
    ):
        return None
    prefix = next(
        (
            known
            for known in sorted(PREFIXES, key=len, reverse=True)
            if verb.startswith(known) and len(verb) - len(known) >= 4
        ),
        "",
    )
    if prefix in ("unter", "um", "wieder", "über", "durch"):
        return None
    stem = verb[len(prefix) :]
    middle = " ".join(words[:-1])
    if verb in ("muss", "sollten", "können", "müssen", "sollen", "kann", "soll", "sollte", "darf") and len(words) < 3:
        return None
    return worded(
        f"{match[1]} {stem} {lower_first(middle)} {prefix}",
        0.88,
        wanted=Wanted.REASON if match[1].lower() == "warum" else Wanted.ANY,
    )


def _named_matter(heading: str, _: Outline) -> Wording | None:
    listed = _KEY_NOUN.fullmatch(heading)
    if listed:
        return worded(f"Was sind die {lower_first(listed[1])} {listed[2]}", 0.84)
    difference = _DIFFERENCE.fullmatch(heading)
    if difference is None:
        return None
    pair = difference[1] or f"{lower_first(difference[2])} und {lower_first(difference[3])}"
    return worded(f"Was ist der Unterschied zwischen {pair}", 0.84) if " und " in pair else None


def _infinitive(heading: str, outline: Outline) -> Wording | None:
    if re.search(r"^So geht|Schritt für Schritt|^(?:Anleitung|Zubereitung)$", heading) and heading != outline.title:
        return _infinitive(outline.title, outline)
    turned = re.fullmatch(
        r"((?:[\wäöüßÄÖÜ-]+ ){0,3}[A-ZÄÖÜ][\wäöüß-]+) ([a-zäöüß]+en) ((?:auf|mit|in|ohne|für|am|im|aus) .{3,40})",
        heading,
    )
    match = _INFINITIVE.fullmatch(f"{turned[1]} {turned[3]} {turned[2]}" if turned else heading)
    if (
        match is None
        or match[2] in NOT_VERBS
        or re.search("[,;:!]", heading)
        or match[2] in ("brauchen", "wissen", "können", "beachten")
    ):
        return None
    words = match[1].split()
    if not any(word[0].isupper() for word in words[1:]) and words[0].lower() in FUNCTION:
        return None
    return worded(f"Wie kann man {lower_first(match[1].strip())} {match[2]}", 0.82, wanted=Wanted.STEPS)
