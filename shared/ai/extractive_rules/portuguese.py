"""The table of rules for Portuguese."""

from __future__ import annotations

from shared.ai.extractive_rules.table_rules import NOUN, Rule, RuleTable
from shared.ai.extractive_rules.wording import Wanted
from shared.models.content import QuestionKind as Kind

PORTUGUESE = RuleTable(
    headings=(
        Rule(r"como (\w+(?:ar|er|ir|or|ôr)\b .+)", r"como \1", 0.9, Wanted.STEPS),
        Rule(r"como (funciona|funcionam|se \w+) (.+)", r"como \1 \2", 0.9),
        Rule(r"por ?qu[eê] (.+)", r"por que \1", 0.9, Wanted.REASON),
        Rule(r"o que (é|são|significa|fazer) (.+)", r"o que \1 \2", 0.9),
        Rule(r"quando (.+)", r"quando \1", 0.86),
        Rule(
            r"(?:as )?((?:vantagens|desvantagens|causas|características|diferenças|regras) (?:de|do|"
            r"da|dos|das|entre) .+)",
            r"quais são as \1",
        ),
        Rule(
            r"(?:os )?((?:tipos|benefícios|riscos|sintomas|usos|efeitos|erros) (?:de|do|da|dos|das) "
            r".+)",
            r"quais são os \1",
        ),
        Rule(r"(?:a )?(diferença entre .+)", r"qual é a \1"),
        Rule(r"(\w{2,}(?:ar|er|ir) (?:o|a|os|as|um|uma) .+)", r"como \1", 0.8, Wanted.STEPS),
    ),
    sentences=(
        Rule(rf"((?:Um|Uma) {NOUN}) é (?:um|uma|o|a) ", r"o que é \1", 0.84),
        Rule(
            rf"((?:O|A) {NOUN}) é (?:um|uma|o|a) [^.]{{3,50}}?\b(?:que|de|do|da|para|com|em que)\b",
            r"o que é \1",
            0.78,
        ),
        Rule(r"Para (\w+(?:ar|er|ir|or)\b [^,]{4,60}), ", r"como \1", 0.84, Wanted.STEPS),
        Rule(
            r"Se ((?:o|a|os|as|seu|sua) [^,]{8,70}), (?:basta|convém|é melhor|é preciso|pode|deve|"
            r"\w+[ae]) ",
            r"o que fazer se \1",
            0.82,
        ),
        Rule(r"((?:O|A|Os|As) [^,.;:]{10,90}) porque ", r"por que \1", 0.8),
        Rule(r"Em (?:1\d{3}|20\d{2}),? ((?:foi|foram) \w+ [^,.;:]{6,90})", r"quando \1", 0.8),
    ),
    kinds=(
        ("como", Kind.HOW),
        ("por que", Kind.WHY),
        ("porque", Kind.WHY),
        ("o que", Kind.WHAT),
        ("que ", Kind.WHAT),
        ("quando", Kind.WHEN),
        ("desde quando", Kind.WHEN),
        ("qua", Kind.WHAT),
        ("quem", Kind.WHO),
        ("onde", Kind.WHERE),
        ("de onde", Kind.WHERE),
        ("quant", Kind.HOW_MANY),
        ("para que", Kind.WHY),
        ("de que", Kind.WHAT),
        ("em que", Kind.WHAT),
        ("a que", Kind.WHAT),
        ("com que", Kind.HOW_MANY),
        ("é ", Kind.OTHER),
        ("posso", Kind.OTHER),
        ("preciso", Kind.OTHER),
        ("vale a pena", Kind.OTHER),
        ("há ", Kind.OTHER),
        ("existe", Kind.OTHER),
        ("pode", Kind.OTHER),
        ("dá para", Kind.OTHER),
    ),
    pointing=(
        "est[ea]s?|isto|isso|ess[ea]s?|aquel\\w+|aquilo|aqui|seguinte\\w*|anterior\\w*|"
        "mesm[oa]s?|ele|ela|eles|elas|assim|também|eu|nós|disso|disto|nisso"
    ),
    vague=(
        "resultado problema razão resposta ideia chave primeiro primeira segundo segunda último "
        "última melhor pior objetivo segredo truque diferença parte casa quarto hotel dia vez "
        "solução causa único única coisa resto motivo"
    ),
    hanging=(
        "mas|e|ou|porém|contudo|no entanto|além disso|por isso|assim|então|depois|também|"
        "est[ea]s?|ess[ea]s?|isto|isso|aquel\\w+|ele|ela|eles|elas|seu|sua|seus|suas|aqui|ali|"
        "por exemplo|ambos|ambas|finalmente|sim|não,|o outro|a outra|os outros|pelo contrário|"
        "portanto|já"
    ),
    reasons=frozenset(("porque", "já que", "devido a", "por isso", "pois ")),
)
