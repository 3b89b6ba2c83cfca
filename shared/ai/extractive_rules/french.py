"""The table of rules for French."""

from __future__ import annotations

from shared.ai.extractive_rules.table_rules import NOUN, Rule, RuleTable
from shared.ai.extractive_rules.wording import Wanted
from shared.models.content import QuestionKind as Kind

FRENCH = RuleTable(
    headings=(
        Rule(r"comment (\w+(?:er|ir|re|oir)\b .+)", r"comment \1", 0.9, Wanted.STEPS),
        Rule(r"pourquoi ((?:(?:le|la|les|un|une) |l'|l\u2019).+)", r"pourquoi est-ce que \1", 0.88, Wanted.REASON),
        Rule(r"pourquoi (\w+(?:er|ir|re)\b .+)", r"pourquoi \1", 0.88, Wanted.REASON),
        Rule(r"qu['\u2019]est-ce (qu.+)", r"qu'est-ce \1", 0.9),
        Rule(r"quand (\w+(?:er|ir|re)\b .+)", r"quand \1", 0.86),
        Rule(
            r"(?:les )?((?:avantages|inconvénients|bienfaits|types|risques|symptômes|usages) (?:de|du|"
            r"des|d'|d\u2019).+)",
            r"quels sont les \1",
        ),
        Rule(
            r"(?:les )?((?:causes|étapes|règles|différences|raisons|erreurs) (?:de|du|des|d'|d\u2019|"
            r"entre|à).+)",
            r"quelles sont les \1",
        ),
        Rule(r"(?:l'|l\u2019)?(origine (?:de|du|des|d'|d\u2019).+)", r"quelle est l'\1"),
        Rule(r"(?:la )?(différence entre .+)", r"quelle est la \1"),
        Rule(r"(\w{2,}(?:er|ir|re) (?:le|la|les|un|une|son|sa|ses|l'|l\u2019) ?.+)", r"comment \1", 0.8, Wanted.STEPS),
    ),
    sentences=(
        Rule(rf"((?:Un|Une) {NOUN}) est (?:un|une) ", r"qu'est-ce qu'\1", 0.84),
        Rule(
            rf"((?:Le|La) {NOUN}|L'{NOUN}) est (?:un|une|le|la|l')[^.]{{3,50}}?\b(?:qui|que|de|du|"
            rf"des|pour|dont|où)\b",
            r"qu'est-ce que \1",
            0.78,
        ),
        Rule(r"Pour (\w+(?:er|ir|re)\b [^,]{4,60}), ", r"comment \1", 0.84, Wanted.STEPS),
        Rule(
            r"Si ((?:la|le|les|votre|vos|l'|vous)[^,]{8,70}), (?:\w+ez|il faut|il suffit|mieux vaut|"
            r"on peut) ",
            r"que faire si \1",
            0.82,
        ),
        Rule(
            r"((?:Le|La|Les) [^,.;:]{10,90}|L'[^,.;:]{10,90})[, ] ?(?:parce que|parce qu'|car )",
            r"pourquoi est-ce que \1",
            0.8,
        ),
        Rule(r"En (?:1\d{3}|20\d{2}), ((?:le|la|les) [^,.;:]{10,90}|l'[^,.;:]{10,90})", r"quand est-ce que \1", 0.74),
        Rule(
            rf"La différence entre ({NOUN} et {NOUN}) (?:est|tient|réside)",
            r"quelle est la différence entre \1",
            0.86,
        ),
        Rule(
            r"((?:Le|La) [^,.;:]{3,40}|L'[^,.;:]{3,40}) dure (?:environ |près de |entre |\d|\w+ )",
            r"combien de temps dure \1",
            0.8,
        ),
    ),
    kinds=(
        ("comment", Kind.HOW),
        ("pourquoi", Kind.WHY),
        ("qu'est-ce", Kind.WHAT),
        ("que faire", Kind.HOW),
        ("que ", Kind.WHAT),
        ("quand", Kind.WHEN),
        ("depuis quand", Kind.WHEN),
        ("quel", Kind.WHAT),
        ("à quel", Kind.WHAT),
        ("de quel", Kind.WHAT),
        ("dans quel", Kind.WHAT),
        ("qui ", Kind.WHO),
        ("où", Kind.WHERE),
        ("d'où", Kind.WHERE),
        ("combien", Kind.HOW_MANY),
        ("à quoi", Kind.WHY),
        ("de quoi", Kind.WHAT),
        ("en quoi", Kind.WHAT),
        ("faut-il", Kind.OTHER),
        ("peut-on", Kind.OTHER),
        ("est-ce", Kind.OTHER),
        ("est-il", Kind.OTHER),
        ("doit-on", Kind.OTHER),
        ("le ", Kind.OTHER),
        ("la ", Kind.OTHER),
        ("y a-t-il", Kind.OTHER),
    ),
    pointing=(
        "cela|ça|ceci|cette|ce|ces|celui\\S*|celle\\S*|ceux|ici|ci-dessus|ci-dessous|suivant\\w*|"
        "précédent\\w*|il|elle|ils|elles|aussi|ainsi|y|en effet|je|nous|lui|leur"
    ),
    vague=(
        "résultat problème raison réponse idée clé premier première deuxième second seconde "
        "dernier dernière meilleur meilleure pire but objectif secret astuce différence partie "
        "maison chambre hôtel jour fois solution cause seul seule chose suite reste plupart"
    ),
    hanging=(
        "mais|et|ou|cependant|pourtant|de plus|c'est|ce|cet|cette|ces|cela|ça|ainsi|donc|alors|"
        "ensuite|puis|aussi|il(?! faut| suffit| existe| y a)|elle|ils|elles|son|sa|ses|leur|"
        "leurs|ici|là|par exemple|en revanche|celui\\S*|celle\\S*|ceux|tous deux|toutefois|"
        "néanmoins|enfin|voilà|oui|non|le second|la seconde|l'autre|les autres|le reste|de même|"
        "au contraire|c\u2019est"
    ),
    reasons=frozenset(("parce que", "parce qu", "car ", "puisque", "en raison", "c'est pourquoi")),
    closing_mark=" ?",
)
