"""Questions that need no grammar: the writer's own, completed by the title; what a list names; what a section says.

They are put as "topic: question?", which reads well in every language and bends no word of the page.
"""

# Full-width punctuation is meant here, not the ASCII marks that the linter finds alike.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from shared.ai.extractive_rules.outline import Outline, words_of
from shared.ai.extractive_rules.wording import ARTICLE_TRUST, SECTION_TRUST, Grammar, Wording
from shared.models.content import QuestionKind
from shared.text.question_form import QUESTION_MARKS, as_question, opens_as_question

OUTLINE_TRUST = 0.96

_MAX_TOPIC, _MAX_QUESTION = 70, 160
_MAX_HEADING_WORDS, _MAX_HEADING_CHARS = 7, 60
_TITLE_BREAK = re.compile(r"\s*(?:[:：|(（]|——|\s[-\u2013\u2014]\s|[?？؟!！]).*", re.DOTALL)
_BRACKETED = re.compile(r"\s*[(（][^)）]*[)）]")
_TITLE_PARTS = re.compile(r"\s*(?:[:：|]|——|\s[-\u2013\u2014]\s|[?？؟!！])\s*")
_LABEL = re.compile(r"(?i)^(?:post-mortem|opinion|review|guide|essay|interview)$| (?:hands-on )?review$")
_MORE_USED = 3
_HOW_TO = re.compile(
    r"(?:how to|introducing|announcing|meet) |(?:comment|cómo|como|come) (?=\w+(?:er|ir|re|ar)\b)|(?:如何|怎么|怎样)",
    re.IGNORECASE,
)
_SAME_ORDER = frozenset(("es", "fr", "it", "pt", "ru", "zh", "ja"))
_SUBJECT_QUESTION = re.compile(r"(?:what|who|which) (?:is|are|was|were|went|happen(?:s|ed)|changes?|changed)\b", re.I)
_NAMED_TOPIC = re.compile(r"[^:：?]+?\w\s?[:：]")
_AND = re.compile(
    r"^(?:so|and|but|well|und|aber|also|doch|et|mais|alors|y|pero|e|ma|mas|en|maar|dus),? ", re.IGNORECASE
)
_AND_THE = re.compile(r"^and (?=(?:the|a|an|your|my|its|their) )(?!.* (?:is|are|do|does|can)\b)(.+)", re.IGNORECASE)
_SENTENCE_LIKE = re.compile(r"[.,;:!?\u2026\u2014\"\u201c\u201d\u00ab\u201e()，。、：；！？（）؟،؛]")
_BEHIND_NUMBER = r"(?:\s?[.:)\u2013\u2014-]+\s?|\u3001|\uff0e|\uff1a|\uff09)"
_NUMBERED = re.compile(
    rf"#?\d{{1,2}}(?:[\u00ba\u00aa\u00b0])?{_BEHIND_NUMBER}(?=\D)|第?[一二三四五六七八九十]{{1,3}}(?:[步条]\uff1a?|[、\uff1a])\s*"
)
_LABELLED = re.compile(
    rf"(?P<before>[^\W\d]{{2,14}}) #?\d{{1,2}}{_BEHIND_NUMBER}"
    rf"|\d{{1,2}}\S{{0,2}} (?P<behind>[^\W\d]{{2,14}}){_BEHIND_NUMBER}"
)
_FEWEST_ITEMS = 3
_NUMBER_WORDS = (
    "three|four|five|six|seven|eight|nine|ten|twelve|drei|vier|fünf|sechs|sieben|acht|neun|zehn|trois|quatre|cinq|sept|"
    "huit|neuf|dix|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|tre|quattro|cinque|sei|sette|otto|nove|dieci|três|quatro|"
    "sete|oito|dez|drie|vijf|zes|zeven|negen|tien"
)
_COUNTED_TITLE = re.compile(rf"(?:\w{{2,4}} )?(?:\d{{1,2}}|{_NUMBER_WORDS}) \S|\d{{1,2}}[个种条件款招]", re.IGNORECASE)
_SAYS_NOTHING = frozenset(
    "introduction intro background overview conclusion conclusions summary verdict notes note sources references faq "
    "method instructions ingredients einleitung fazit zusammenfassung quellen hintergrund zutaten zubereitung "
    "conclusion résumé sources introducción conclusión conclusiones resumen fuentes introduzione conclusione "
    "conclusioni riassunto fonti introdução conclusão resumo fontes inleiding conclusie samenvatting bronnen "
    "مقدمة خاتمة الخلاصة خلاصة المصادر 引言 结语 总结 小结 参考资料 前言 后记".split()
)


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's way of asking about something named; ``{}`` is the name.

    Attributes:
        which: About a counted list's title.
        about: About a section's heading.
        brief: About the article, by its title.
    """

    which: str
    about: str
    brief: str


_PHRASES = {
    "en": Phrases("{}: what are they?", "{}: what should I know?", "What is \u201c{}\u201d about?"),
    "de": Phrases("{}: Welche sind das?", "{}: Was sollte man wissen?", "Worum geht es in \u201e{}\u201c?"),
    "fr": Phrases("{} : de quoi s'agit-il ?", "{} : que faut-il savoir ?", "De quoi parle \u00ab {} \u00bb ?"),
    "es": Phrases("{}: ¿cuáles son?", "{}: ¿qué hay que saber?", "¿De qué trata \u00ab{}\u00bb?"),
    "it": Phrases("{}: quali sono?", "{}: che cosa bisogna sapere?", "Di che cosa parla \u00ab{}\u00bb?"),
    "pt": Phrases("{}: quais são?", "{}: o que é preciso saber?", "Do que trata \u201c{}\u201d?"),
    "nl": Phrases("{}: welke zijn dat?", "{}: wat moet je weten?", "Waar gaat \u201c{}\u201d over?"),
    "ar": Phrases("{}: ما هي؟", "{}: ما الذي ينبغي معرفته؟", "عمّ يتحدث مقال \u00ab{}\u00bb؟"),
    "zh": Phrases("{}：分别是什么？", "{}：需要知道什么？", "《{}》讲了什么？"),
}


def unnumbered(heading: str) -> str:
    """A heading without the number in front of it."""
    match = _NUMBERED.match(heading)
    return heading[match.end() :].strip() if match and match.end() < len(heading) else heading


def numbered_headings(outline: Outline) -> dict[str, str]:
    """The headings that count up, "3. …" or "Step 3: …", with what they say; empty if there are fewer than three."""
    labels = {heading: match for heading in outline.sections if (match := _LABELLED.match(heading))}
    names = {
        heading: unnumbered(heading) if heading not in labels else heading[labels[heading].end() :].strip()
        for heading in outline.sections
    }
    common = Counter((match["before"] or match["behind"]).lower() for match in labels.values())
    found = {
        heading: name
        for heading, name in names.items()
        if name not in ("", heading)
        and (heading not in labels or common[next(filter(None, labels[heading].groups())).lower()] >= _FEWEST_ITEMS)
    }
    return found if len(found) >= _FEWEST_ITEMS else {}


def topic_of(outline: Outline) -> str:
    """The part of the title that names what the article is about, or "" if none does so briefly.

    Titles tease before they tell ("Runny in June: hay fever, explained"): of two parts the one counts whose words the
    article uses most.
    """
    parts = [part.strip(" \"'\u201c\u201d.") for part in _TITLE_PARTS.split(_BRACKETED.sub("", outline.title))]
    names = [_LABEL.sub("", _HOW_TO.sub("", part)) for part in parts]
    if names and not names[0]:
        names = names[1:]
    fit = [
        ""
        if len(name) > _MAX_TOPIC or _COUNTED_TITLE.match(name) or opens_as_question(name, outline.language)
        else name
        for name in names
    ]

    def use(name: str) -> float:
        counts = [outline.counts[word] for word in words_of(name) if len(word) > 3 or outline.is_unspaced]
        return sum(counts) / len(counts) if counts else 0.0

    first = next(iter(fit), "")
    teased = max((name.split(",")[0] for name in fit[1:] if " " in name.split(",")[0]), key=use, default="")
    return teased if first and use(teased) > _MORE_USED * max(use(first), 1.0) else first


def is_asking(heading: str, language: str) -> bool:
    """Whether a heading is a question, with its mark or, where questions keep the order of statements, without."""
    if language == "en" and _SUBJECT_QUESTION.match(heading):
        return True
    return heading.endswith(QUESTION_MARKS) or (language in _SAME_ORDER and opens_as_question(heading, language))


def own_question(heading: str, outline: Outline, grammar: Grammar) -> Wording | None:
    """The question that a heading puts but that needs the title to be understood: "How often?", "And in winter?"."""
    text = _AND.sub("", heading) if opens_as_question(_AND.sub("", heading), outline.language) else heading
    topic = grammar.topic(outline) or topic_of(outline)
    topic = topic[:1].upper() + topic[1:]
    if len(text) > _MAX_QUESTION or grammar.rhetorical(text) or grammar.rhetorical(heading):
        return None
    if outline.language == "en":
        text = _AND_THE.sub(r"what about \1", text)
    text = text if text.endswith(QUESTION_MARKS) else f"{text}?"
    first, blank, rest = text.removeprefix("\u00bf").partition(" ")
    opening = "\u00bf" if outline.language == "es" else ""
    colon = "：" if outline.is_unspaced else " : " if outline.language == "fr" else ": "
    completed = f"{topic}{colon}{opening}{outline.decapitalized(first)}{blank}{rest}"
    names_its_topic = as_question(text, outline.language) and _NAMED_TOPIC.match(text)
    question = as_question(text if names_its_topic or not topic else completed, outline.language)
    return Wording(question, grammar.kind_of(text), 0.95) if question else None


def headline(outline: Outline) -> str:
    """The title without what follows a colon, a dash or a bracket, unless that leaves next to nothing."""
    first = _TITLE_BREAK.sub("", outline.title)
    marked = outline.title.startswith(first + "?") or len(words_of(first)) < 3
    return outline.title if marked else first


def counted_list(outline: Outline) -> str | None:
    """What a title such as "7 mistakes …" asks for, or None if it counts nothing."""
    phrases = _PHRASES.get(outline.language)
    parts = (part.strip() for part in re.split(r"[:：]\s", _BRACKETED.sub("", outline.title)))
    counting = next((part for part in parts if _COUNTED_TITLE.match(part)), None)
    return phrases.which.format(counting) if phrases and counting and len(counting) <= _MAX_QUESTION else None


def section_question(heading: str, answer: str, outline: Outline, grammar: Grammar) -> Wording | None:
    """Asks what a section says on the matter that its heading names and the answer takes up."""
    phrases = _PHRASES.get(outline.language)
    words = words_of(heading)
    long = [word for word in words if len(word) > 3 or outline.is_unspaced]
    if phrases is None or not long or len(heading) > _MAX_HEADING_CHARS or len(words) > _MAX_HEADING_WORDS:
        return None
    if _SENTENCE_LIKE.search(heading) or heading.lower() in _SAYS_NOTHING or not grammar.names(heading):
        return None
    if " ".join(words) in " ".join(words_of(outline.title)):
        return None
    # Of a pun, the text does not take up the last word. Inflection changes a word's end, Chinese writes many in one.
    if (long[-1][-2:] if outline.is_unspaced else long[-1][:5]) not in answer.lower():
        return None
    return Wording(phrases.about.format(heading), QuestionKind.WHAT, SECTION_TRUST)


def article_question(outline: Outline) -> Wording | None:
    """Asks what the article is about: the one question that every article answers."""
    phrases = _PHRASES.get(outline.language)
    if phrases is None or not outline.title or len(outline.title) > _MAX_QUESTION:
        return None
    return Wording(phrases.brief.format(outline.title), QuestionKind.WHAT, ARTICLE_TRUST)
