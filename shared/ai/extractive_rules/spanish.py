"""The table of rules for Spanish."""

from __future__ import annotations

from shared.ai.extractive_rules.table_rules import NOUN, Rule, RuleTable
from shared.ai.extractive_rules.wording import Wanted
from shared.models.content import QuestionKind as Kind

SPANISH = RuleTable(
    headings=(
        Rule(r"(?:cómo|como) ((?:se )?\w+(?:ar|er|ir|arse|erse|irse|a|e|an|en|ó)\b .+)", r"cómo \1", 0.9, Wanted.STEPS),
        Rule(r"por qué (.+)", r"por qué \1", 0.9, Wanted.REASON),
        Rule(r"qué (es|son|significa|hacer) (.+)", r"qué \1 \2", 0.9),
        Rule(r"cuándo (.+)", r"cuándo \1", 0.88),
        Rule(r"cuál es (.+)", r"cuál es \1", 0.88),
        Rule(
            r"(?:las )?((?:ventajas|desventajas|causas|características|propiedades|diferencias|"
            r"beneficios|razones) (?:de|del|entre|para) .+)",
            r"cuáles son las \1",
        ),
        Rule(
            r"(?:los )?((?:tipos|beneficios|riesgos|síntomas|usos|efectos|errores) (?:de|del) .+)", r"cuáles son los \1"
        ),
        Rule(r"(?:el )?((?:origen|significado) (?:de|del) .+)", r"cuál es el \1"),
        Rule(r"(?:la )?(diferencia entre .+)", r"cuál es la \1"),
        Rule(r"(\w{2,}(?:ar|er|ir) (?:el|la|los|las|un|una|bien el|bien la) .+)", r"cómo \1", 0.8, Wanted.STEPS),
    ),
    sentences=(
        Rule(
            rf"((?:El|La|Un|Una|Lo) {NOUN}|[A-ZÁÉÍÓÚÑ]\w+) (?:es|significa) (?:un|una|el|la|uno|una "
            rf"de) \w+(?:[^.]{{0,40}}?)\b(?:que|para|de|del|en|con)\b",
            r"qué es \1",
            0.8,
        ),
        Rule(
            rf"((?:Los|Las|Unos|Unas) {NOUN}) son (?:un|una|los|las|\w+s) "
            rf"?\w*(?:[^.]{{0,40}}?)\b(?:que|para|con)\b",
            r"qué son \1",
            0.78,
        ),
        Rule(r"Para (\w+(?:ar|er|ir)(?:lo|la)?\b [^,]{4,60}), ", r"cómo \1", 0.84, Wanted.STEPS),
        Rule(
            r"Si ([^,]{8,70}), (?:\w+(?:a|e|á|é|la|lo|ela|elo)|basta|conviene|hay que|puedes|debes|es "
            r"mejor|lo mejor) ",
            r"qué hacer si \1",
            0.82,
        ),
        Rule(r"((?:El|La|Los|Las) [^,.;:]{10,90}) porque ", r"por qué \1", 0.8),
        Rule(
            r"En (?:el año )?(?:1\d{3}|20\d{2}),? ((?:se \w+ó|fue \w+[ai]d[oa]|fueron \w+[ai]d[oa]s) "
            r"[^,.;:]{6,90})",
            r"cuándo \1",
            0.8,
        ),
        Rule(
            rf"(?:La diferencia entre) ({NOUN} y {NOUN}) (?:es|está|radica|consiste)",
            r"cuál es la diferencia entre \1",
            0.86,
        ),
        Rule(
            r"((?:El|La) [^,.;:]{3,40}) (?:tarda|dura) (?:unos|unas|entre|aproximadamente|\d|"
            r"\w+)\b.{0,20}(?:minuto|hora|día|semana|mes|año)",
            r"cuánto dura \1",
            0.76,
        ),
    ),
    kinds=(
        ("cómo", Kind.HOW),
        ("por qué", Kind.WHY),
        ("qué", Kind.WHAT),
        ("cuándo", Kind.WHEN),
        ("desde cuándo", Kind.WHEN),
        ("cuál", Kind.WHAT),
        ("quién", Kind.WHO),
        ("dónde", Kind.WHERE),
        ("de dónde", Kind.WHERE),
        ("cuánt", Kind.HOW_MANY),
        ("cada cuánto", Kind.HOW_MANY),
        ("para qué", Kind.WHY),
        ("a qué", Kind.WHAT),
        ("en qué", Kind.WHAT),
        ("de qué", Kind.WHAT),
        ("con qué", Kind.WHAT),
        ("se puede", Kind.OTHER),
        ("es ", Kind.OTHER),
        ("puedo", Kind.OTHER),
        ("hay ", Kind.OTHER),
        ("vale la pena", Kind.OTHER),
        ("necesit", Kind.OTHER),
        ("hace falta", Kind.OTHER),
        ("son ", Kind.OTHER),
        ("tiene", Kind.OTHER),
        ("se ", Kind.OTHER),
    ),
    pointing=(
        "est[eaoá]s?|eso|es[ao]s|aquell\\w+|aquí|anterior\\w*|siguiente\\w*|mismo|ello|ellos|"
        "ellas|él|lo hacemos|así|también|yo|nosotros|lo|me|nos"
    ),
    vague=(
        "este esta esto ese esa eso resultado problema razón respuesta idea clave primer primera "
        "segundo segunda último última mejor peor objetivo secreto truco diferencia parte casa "
        "habitación hotel día vez solución motivo causa único única cosa"
    ),
    hanging=(
        "pero|y|o|sin embargo|además|por eso|por ello|por lo tanto|así|entonces|después|luego|"
        "también|est[eao]s?|es[eao]s?|aquell\\w+|él|ella|ellos|ellas|su|sus|aquí|allí|por "
        "ejemplo|en cambio|ambos|ambas|tampoco|ahora|la segunda|el segundo|el resto|lo mismo|al "
        "contrario|aun así|sí|no,"
    ),
    reasons=frozenset(("porque", "ya que", "debido a", "por eso", "puesto que")),
    opening_mark="\u00bf",
)
