"""The table of rules for Italian."""

from __future__ import annotations

from shared.ai.extractive_rules.table_rules import NOUN, Rule, RuleTable
from shared.ai.extractive_rules.wording import Wanted
from shared.models.content import QuestionKind as Kind

ITALIAN = RuleTable(
    headings=(
        Rule(r"come (\w+(?:are|ere|ire|arsi|ersi|irsi|rre)\b .+)", r"come \1", 0.9, Wanted.STEPS),
        Rule(r"come (funziona|funzionano|si \w+) (.+)", r"come \1 \2", 0.9),
        Rule(r"perché (.+)", r"perché \1", 0.9, Wanted.REASON),
        Rule(r"(?:che )?cos['\u2019]è (.+)", r"che cos'è \1", 0.9),
        Rule(r"quando (.+)", r"quando \1", 0.86),
        Rule(
            r"(?:i )?((?:vantaggi|benefici|tipi|rischi|sintomi|svantaggi) (?:di|del|della|dei|delle|"
            r"dell['\u2019]).+)",
            r"quali sono i \1",
        ),
        Rule(
            r"(?:le )?((?:cause|caratteristiche|proprietà|differenze|regole) (?:di|del|della|dei|"
            r"delle|dell['\u2019]|tra|fra).+)",
            r"quali sono le \1",
        ),
        Rule(r"(?:la )?(differenza (?:tra|fra) .+)", r"qual è la \1"),
        Rule(r"(\w{2,}(?:are|ere|ire) (?:il|lo|la|i|gli|le|un|una) .+)", r"come \1", 0.8, Wanted.STEPS),
    ),
    sentences=(
        Rule(rf"((?:Un|Uno|Una) {NOUN}|Un'{NOUN}) è (?:un|uno|una|il|la|un')", r"che cos'è \1", 0.84),
        Rule(
            rf"((?:Il|Lo|La) {NOUN}|L'{NOUN}) è (?:un|uno|una|il|la|un')[^.]{{3,50}}?\b(?:che|di|del|"
            rf"della|per|con|in cui)\b",
            r"che cos'è \1",
            0.78,
        ),
        Rule(r"Per (\w+(?:are|ere|ire|rre)\b [^,]{4,60}), ", r"come \1", 0.84, Wanted.STEPS),
        Rule(
            r"Se ((?:il|la|lo|i|gli|le|l')[^,]{8,70}), (?:bisogna|basta|conviene|è meglio|aggiungi|"
            r"usa|prova|\w+(?:ate|ete|ite)) ",
            r"cosa fare se \1",
            0.82,
        ),
        Rule(r"((?:Il|La|Lo|I|Gli|Le) [^,.;:]{10,90}|L'[^,.;:]{10,90}) perché ", r"perché \1", 0.8),
        Rule(r"Nel (?:1\d{3}|20\d{2}),? ((?:fu|furono|venne|vennero) \w+ [^,.;:]{6,90})", r"quando \1", 0.8),
    ),
    kinds=(
        ("come", Kind.HOW),
        ("perché", Kind.WHY),
        ("che cos", Kind.WHAT),
        ("cos'", Kind.WHAT),
        ("cosa", Kind.WHAT),
        ("che ", Kind.WHAT),
        ("quando", Kind.WHEN),
        ("da quando", Kind.WHEN),
        ("qual", Kind.WHAT),
        ("chi ", Kind.WHO),
        ("dove", Kind.WHERE),
        ("da dove", Kind.WHERE),
        ("quant", Kind.HOW_MANY),
        ("ogni quanto", Kind.HOW_MANY),
        ("a cosa", Kind.WHY),
        ("di cosa", Kind.WHAT),
        ("in che", Kind.WHAT),
        ("a che", Kind.WHAT),
        ("si può", Kind.OTHER),
        ("posso", Kind.OTHER),
        ("è ", Kind.OTHER),
        ("bisogna", Kind.OTHER),
        ("serve", Kind.OTHER),
        ("vale la pena", Kind.OTHER),
        ("ci sono", Kind.OTHER),
    ),
    pointing=(
        "quest[oaie]|quest'|quell\\w*|ciò|qui|seguent[ei]|precedent[ei]|stess[oaie]|egli|"
        "ess[oaie]|loro|così|anche|io|noi|lo facciamo"
    ),
    vague=(
        "risultato problema ragione risposta idea chiave primo prima secondo seconda ultimo "
        "ultima migliore peggiore scopo obiettivo segreto trucco differenza parte casa camera "
        "albergo hotel giorno volta soluzione causa unico unica cosa resto"
    ),
    hanging=(
        "ma|e|o|però|tuttavia|inoltre|quindi|così|allora|poi|dopo|anche|quest\\w+|quell\\w+|ciò|"
        "essa|esso|essi|lui|lei|loro|il suo|la sua|i suoi|le sue|qui|lì|per esempio|ad esempio|"
        "invece|entrambi|entrambe|infine|sì|no,|l'altro|l'altra|gli altri|al contrario|perciò|"
        "infatti"
    ),
    reasons=frozenset(("perché", "poiché", "dato che", "a causa", "per questo")),
)
