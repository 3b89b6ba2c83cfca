"""The table of rules for Dutch."""

from __future__ import annotations

from shared.ai.extractive_rules.table_rules import NOUN, Rule, RuleTable
from shared.ai.extractive_rules.wording import Wanted
from shared.models.content import QuestionKind as Kind

DUTCH = RuleTable(
    headings=(
        Rule(r"hoe (?:je|u) (.+?) (?:kunt|kan) (\w+en)", r"hoe kun je \1 \2", 0.88, Wanted.STEPS),
        Rule(
            r"waarom ((?:de|het|een) .+?) (is|zijn|wordt|worden|kan|kunnen|moet|moeten|heeft|hebben|"
            r"werkt|werken)",
            r"waarom \2 \1",
            0.86,
            Wanted.REASON,
        ),
        Rule(r"wat is (.+)", r"wat is \1", 0.9),
        Rule(r"(?:de )?((?:voordelen|nadelen|oorzaken|soorten|gevolgen|regels) van .+)", r"wat zijn de \1"),
        Rule(r"(?:het )?(verschil tussen .+)", r"wat is het \1"),
        Rule(r"((?:de|het|een|je) .+) (\w{3,}en)", r"hoe kun je \1 \2", 0.8, Wanted.STEPS),
    ),
    sentences=(
        Rule(rf"(Een {NOUN}) is (?:een|de|het) ", r"wat is \1", 0.84),
        Rule(
            rf"((?:De|Het) {NOUN}|[A-Z]\w+) is (?:een|de|het) [^.]{{3,50}}?\b(?:die|dat|waarin|"
            rf"waarmee|van|voor|om)\b",
            r"wat is \1",
            0.78,
        ),
        Rule(r"Om ([^,]{3,60}) te (\w+en), ", r"hoe kun je \1 \2", 0.84, Wanted.STEPS),
        Rule(
            r"Als ((?:de|het|je|een) [^,]{8,70}), (?:kun je|moet je|helpt|voeg|gebruik|doe|leg|neem|"
            r"is het beter|laat|zet|probeer) ",
            r"wat moet je doen als \1",
            0.82,
        ),
        Rule(
            r"In (?:1\d{3}|20\d{2}) ((?:werd|werden|is|zijn|kwam|begon|verscheen|opende) "
            r"[^,.;:]{8,90})",
            r"wanneer \1",
            0.8,
        ),
        Rule(r"Sinds (?:1\d{3}|20\d{2}) ((?:is|zijn|wordt|worden) [^,.;:]{8,90})", r"sinds wanneer \1", 0.8),
        Rule(r"(Het verschil tussen [^,.;:]{3,40} en [^,.;:]{3,30}) is ", r"wat is \1", 0.86),
        Rule(r"((?:De|Het) [^,.;:]{3,40}) duurt (?:ongeveer |zo'n |een |\w+ )", r"hoe lang duurt \1", 0.8),
    ),
    kinds=(
        ("hoe lang", Kind.HOW_MANY),
        ("hoe vaak", Kind.HOW_MANY),
        ("hoeveel", Kind.HOW_MANY),
        ("hoe", Kind.HOW),
        ("waarom", Kind.WHY),
        ("waar", Kind.WHERE),
        ("wat", Kind.WHAT),
        ("wanneer", Kind.WHEN),
        ("sinds wanneer", Kind.WHEN),
        ("wie", Kind.WHO),
        ("welk", Kind.WHAT),
        ("in welk", Kind.WHAT),
        ("op welk", Kind.WHAT),
        ("kan ", Kind.OTHER),
        ("kun ", Kind.OTHER),
        ("is ", Kind.OTHER),
        ("moet", Kind.OTHER),
        ("mag", Kind.OTHER),
        ("zijn ", Kind.OTHER),
        ("heeft", Kind.OTHER),
        ("werkt", Kind.OTHER),
    ),
    pointing=(
        "deze|dit|dat|die|hier|daar|daarom|volgende|vorige|bovenstaande|onderstaande|zo'n|ook|"
        "hij|zij|ze|hem|haar|hun|ik|wij|we|ons|ermee|ervan|erop|hetzelfde"
    ),
    vague=(
        "resultaat probleem reden antwoord idee sleutel eerste tweede laatste beste slechtste "
        "doel geheim truc deel huis kamer hotel dag keer oplossing oorzaak enige ding rest"
    ),
    hanging=(
        "maar|en|of|echter|bovendien|daarom|dus|dan|daarna|ook|deze|dit|dat|die|hij|zij|ze|"
        "het(?= is\\b| was\\b| heeft\\b)|zijn|haar|hun|hier|daar|daardoor|daarmee|bijvoorbeeld|"
        "toch|beide|tot slot|ja|nee|de tweede|de andere|de rest|anders|want|zo|er"
    ),
    reasons=frozenset(("omdat", "doordat", "want ", "daarom", "vanwege")),
)
