"""Questions that one English sentence answers: definitions, reasons, instructions, conditions, numbers and dates.

Each rule is a pattern anchored at the start of the sentence or at a marker word; what it captures must then pass as a
noun phrase or as a clause of the small grammar. Sentences of more than 400 characters are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.ai.extractive_rules.english import for_reader, is_clear, names_something
from shared.ai.extractive_rules.english_asking import asked, is_command, worded
from shared.ai.extractive_rules.english_clauses import expanded, is_noun_phrase, is_plural
from shared.ai.extractive_rules.english_definitions import definitions
from shared.ai.extractive_rules.english_facts import facts
from shared.ai.extractive_rules.english_frames import frames
from shared.ai.extractive_rules.english_topic import lowered_phrase
from shared.ai.extractive_rules.english_verbs import BASES, PARTICIPLE, PAST_OF
from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Wording

MAX_CHARS = 400
_LEAD_IN = re.compile(
    r"^(?:however|moreover|furthermore|in fact|of course|indeed|as a rule|in practice|in "
    r"general|generally|usually|today|traditionally|historically|by contrast|instead|and|but|"
    r"so|also|still|yet),? (?=[a-z])",
    re.IGNORECASE,
)
_NUMBER = (
    r"(?:about |around |roughly |nearly |almost |at least |up to |some |only |over |more than "
    r"|less than |an average of |approximately |between )*(?:\d[\d.,]*|a few|a|an|half an?|"
    r"two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|"
    r"sixty|ninety|several)(?:(?: to | or | and |-|\u2013)(?:\d[\d.,]*|a half|two|three|four|"
    r"five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty))?[ -]?"
)
_SPAN = r"(?:(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|centuries|century)\b)"
_YEAR = r"(?:1[0-9]{3}|20[0-9]{2})"
_DATE = (
    rf"(?:(?:early |late |mid-?)?(?:(?:January|February|March|April|May|June|July|August|"
    rf"September|October|November|December) )?{_YEAR}|the (?:early |late |mid-?)?(?:{_YEAR}s|"
    rf"\w+ century))"
)
_DATED_FIRST = re.compile(rf"(?:in|by|on \d{{1,2}}) {_DATE},? (.+)", re.IGNORECASE)
_DATED_LAST = re.compile(
    rf"(.{{8,110}}?) (?:in|on \d{{1,2}}|on \w+ \d{{1,2}},) {_DATE}\b(?=[.,;:]|$| (?:by|as|when|"
    rf"after|because|and|to|with|at|under|for|from)\b)",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r",(?= (?:and|which|who|when|where|but|after|because|while|though|although|as|with|"
    r"\w+ing)\b)|[;:(]|[\u2013\u2014]| and (?=(?:then |was |were |it |they |he |she |the |in |"
    r"by |[a-z]+ed ))| but | when | while | because | after | before | so that | until | as "
    r"(?=one |an? |the )"
)
_VAGUE_THING = re.compile(
    r"\bthe (?:matter|issue|problem|situation|case|result|answer|story|trick|point|process|"
    r"change|work|method|idea|question|plan|decision|design|"
    r"move|effect|difference|technique|approach|rest|whole|group|team|couple|pair|man|woman|"
    r"men|women|author's \w+)\b(?! (?:of|with|for|that|in|between|behind)\b)"
    r"|\b(?:our|us)\b|^Why (?:is|are|was|were) the \w+ \w+\?",
    re.IGNORECASE,
)
_WEAK_AIM = re.compile(
    r"to (?:be|begin|start|sum|put|name|say|conclude|summari[sz]e|do|my|the|make (?:matters|"
    r"it|things|this)|this|date|see|understand|recap|illustrate|give|get (?:this|it)|get "
    r"started)\b",
    re.IGNORECASE,
)
_KNOWN = 3
_ADVICE = re.compile(
    r"(?:you|i) (?:should|can|could|need|must|may|have to|will need|might want)\b|(?:try|"
    r"it(?:'s| is) (?:best|better|time|worth|safest))\b",
    re.IGNORECASE,
)


def from_sentence(sentence: str, outline: Outline) -> Iterator[Wording]:
    """Every clear question that a rule makes of the sentence."""
    if not 20 <= len(sentence) <= MAX_CHARS or sentence[-1] in "?:" or re.search(r"\[\d|https?:", sentence):
        return
    text = expanded(sentence).rstrip(".! ")
    stripped = _LEAD_IN.sub("", text)
    plain = stripped[0].upper() + stripped[1:]
    for rule in (
        definitions,
        facts,
        frames,
        _reason,
        _consequence,
        _aim,
        _condition,
        _prohibition,
        _dated,
        _measured,
        _duration,
        _maker,
    ):
        for wording in rule(plain, outline):
            if is_clear(wording.question) and not _VAGUE_THING.search(wording.question):
                yield wording


def _reason(text: str, outline: Outline) -> Iterator[Wording]:
    opening = re.match(r"because (.{5,120}?), (.{8,120})", text, re.IGNORECASE)
    inner = re.match(r"(.{8,130}?),? because (?!of (?:this|that|it)\b)(.{8,})", text)
    clause = opening[2] if opening else inner[1] if inner else ""
    clause = re.sub(
        r",? (?:partly|mainly|mostly|only|largely|simply|chiefly|precisely|just|probably|perhaps|exactly|if only)$",
        "",
        clause,
    )
    if not clause:
        return
    circumstance, _, statement = clause.rpartition(", ")
    if circumstance and not re.fullmatch(
        r"(?:on|in|at|during|after|before)(?: [\w-]+){1,4}", circumstance, re.IGNORECASE
    ):
        return
    question = _why_command(statement, outline) or asked("why", statement, outline)
    if question:
        # "On Mars" must not get lost: the reason may hold nowhere else.
        yield worded(f"{question} {lowered_phrase(circumstance, outline)}", 0.8)


def _why_command(clause: str, outline: Outline) -> str | None:
    if not is_command(clause) or re.search(r"[,;:()]", clause):
        return None
    words = lowered_phrase(clause, outline).split()
    negative = re.match(r"(?:never|do not|don't) ", " ".join(words))
    rest = " ".join(words)[negative.end() :] if negative else " ".join(words)
    rest = re.sub(r" and \w+ (?:it|them)$", "", rest)
    rest = re.sub(r"^(?:always|just|simply|first|then|now) ", "", rest)
    return f"why {'should I not' if negative else 'should I'} {for_reader(rest)}"


def _consequence(text: str, outline: Outline) -> Iterator[Wording]:
    before = re.match(r"(?:that|this) is (?:also )?(?:the reason )?why (.+)", text, re.IGNORECASE)
    within = re.search(r", which is why ([^,;:]+)", text)
    clause = before or within
    if clause is None:
        return
    question = asked("why", clause[1], outline)
    if question:
        yield worded(question, 0.78, before=1 if before else 0)


def _aim(text: str, outline: Outline) -> Iterator[Wording]:
    match = re.match(r"(?:in order )?(to [a-z]+ [^,;:()]{4,70}), (?:first |simply |just )?(.+)", text, re.IGNORECASE)
    if match is None or _WEAK_AIM.match(match[1]) or not (is_command(match[2]) or _ADVICE.match(match[2])):
        return
    aim = match[1][3:]
    if aim.split()[0] in BASES and names_something(aim.split()[1:]):
        yield worded(f"how do I {for_reader(aim)}", 0.85)


def _condition(text: str, outline: Outline) -> Iterator[Wording]:
    match = re.match(r"if ([^,;:()]{8,80}), (?:then |simply |just |first )?(.+)", text, re.IGNORECASE)
    condition, advice = (match[1], match[2]) if match else ("", "")
    if match is None and is_command(text):
        late = re.search(r" if ((?:the|your|a|an|you) [^,;:()]{6,70})$", text)
        condition, advice = (late[1], text) if late else ("", "")
    if (
        not condition
        or not (is_command(advice) or _ADVICE.match(advice))
        or re.match(r"(?:you (?:want|like|wish|prefer|must|can|do)|possible|necessary|in doubt)\b", condition)
    ):
        return
    if re.search(r"\b(?:I|we|my|our)\b", condition):
        return
    words = condition.split()
    if not names_something(words) or " because " in advice or advice.startswith("carry on"):
        return
    # "If the drops vanish": what drops? Whatever is spoken of often, or in the title, is known.
    if (
        words[0].lower() == "the"
        and outline.counts[words[1].lower()] < _KNOWN
        and words[1] not in outline.title.lower()
    ):
        return
    if words[0].lower() in ("you", "your", "the", "a", "an") or is_noun_phrase(words[:2]):
        yield worded(f"what should I do if {for_reader(condition)}", 0.82)


def _prohibition(text: str, outline: Outline) -> Iterator[Wording]:
    match = re.match(
        r"(?:(?:never|do not|don't) |you should (?:never|not) )([a-z]+ [^,;:()]{4,60}?)(?:[:;,] | "
        r"or | as | since | because )(.+)",
        text,
        re.IGNORECASE,
    )
    if match is None or " because " in text or match[1].split()[0] not in BASES:
        return
    rest = match[2].lower()
    if re.match(r"(?:or|as|since|otherwise|it|they|the|this|that|salt|water|heat)\b", rest) and re.search(
        r"\b\w+(?:s|ed)\b|\bwill\b|\bcan\b", rest
    ):
        yield worded(f"why should I not {for_reader(match[1])}", 0.75)


def _dated(text: str, outline: Outline) -> Iterator[Wording]:
    first = _DATED_FIRST.match(text)
    if first:
        clause = _CLAUSE_END.split(first[1], maxsplit=1)[0]
    else:
        last = _DATED_LAST.match(text)
        clause = last[1] if last else ""
        clause = clause.rpartition(", ")[2] if clause else ""
    words = clause.split()
    if not 3 <= len(words) <= 16 or words[0].lower() in ("on", "in", "by"):
        return
    if not _dates_its_verb(words) or set(words[1:]) & {"when", "while", "if", "that", "which", "who", "because", "but"}:
        return
    question = asked("when", clause, outline)
    if question and re.match(r"when (?:did|was|were) ", question) and not re.search(r" (?:born|there)\b", question):
        yield worded(question, 0.75)


def _dates_its_verb(words: list[str]) -> bool:
    """Whether a participle that ends the clause is its own verb; "… in a paper published" is cut off from its year."""
    if words[-1] not in PARTICIPLE:
        return True
    return len(words) <= 4 or re.search(r"\b(?:was|were)(?: \w+)?$", " ".join(words[:-1])) is not None


def _duration(text: str, outline: Outline) -> Iterator[Wording]:
    for marker, asking in (
        (rf" for {_NUMBER}{_SPAN}", "how long"),
        (rf" every {_NUMBER}?{_SPAN}", "how often"),
        (rf" (?:at|to) {_NUMBER}(?:\u00b0 ?[CF]?\b|degrees\b)", "at what temperature"),
    ):
        match = re.search(marker, text, re.IGNORECASE)
        if match is None or (asking == "at what temperature" and match.group().startswith(" to")):
            continue
        clause = text[: match.start()]
        if re.search(r"[,;:()]| and | or | then | until ", clause):
            continue
        if (
            is_command(clause)
            and len(clause.split()) > 2
            and not re.match(r"(?:never|do not|don't) ", clause, re.IGNORECASE)
        ):
            yield worded(f"{asking} should I {for_reader(lowered_phrase(clause, outline))}", 0.75)
            return
        if re.search(r" (?:should|must|needs? to|can|has to|have to|keeps?|rests?|lasts?|stays?) ?", clause + " "):
            question = asked(asking, clause, outline) or _short_clause(asking, clause)
            if question:
                yield worded(question, 0.72)


def _short_clause(asking: str, clause: str) -> str | None:
    """Asks about "the battery lasts", which has no object, as the clause grammar wants."""
    match = re.fullmatch(r"(.+) (lasts?|keeps?|rests?|stays?)", clause)
    if match is None or not is_noun_phrase(match[1].split()):
        return None
    subject = match[1][0].lower() + match[1][1:]
    return f"{asking} {'do' if is_plural(subject) else 'does'} {subject} {match[2].rstrip('s')}"


def _measured(text: str, outline: Outline) -> Iterator[Wording]:
    match = re.match(rf"(.{{3,60}}?) (takes?|lasts?|costs?|weighs?) (?:you )?{_NUMBER}(?:{_SPAN}|\w+)?", text)
    if match is None:
        match = re.match(r"(.{3,60}?) (costs?|weighs?) (?:about |around |roughly )?[$\u20ac\u00a3]?\d", text)
    if match is None:
        return
    subject = lowered_phrase(match[1], outline).split()
    verb = match[2].removesuffix("s") if match[2] != "costs" else "cost"
    if verb in ("take", "last") and not re.search(_SPAN, match.group()):
        return
    if is_noun_phrase(subject) and is_plural(" ".join(subject)) == (not match[2].endswith("s")):
        support = "do" if is_plural(" ".join(subject)) else "does"
        asking = "how long" if verb in ("take", "last") else "how much"
        yield worded(f"{asking} {support} {for_reader(' '.join(subject))} {verb}", 0.78)


_MAKERS = frozenset(
    "invented discovered founded written designed built developed created introduced painted "
    "composed patented proposed coined".split()
)


def _maker(text: str, outline: Outline) -> Iterator[Wording]:
    match = re.match(
        r"(.{3,60}?) (?:was|were) (?:first |originally )?([a-z]+)(?: in [^,]{3,20})? by (?:the )?(?:[a-z]+ ){0,3}[A-Z]",
        text,
    )
    if match is None or match[2] not in _MAKERS:
        return
    subject = lowered_phrase(match[1], outline)
    if is_noun_phrase(subject.split()):
        yield worded(f"who {PAST_OF[PARTICIPLE[match[2]]]} {subject}", 0.8)
