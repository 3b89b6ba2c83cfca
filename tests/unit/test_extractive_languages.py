from __future__ import annotations

import pytest

from shared.ai.extractive_rules.languages import grammar_of
from shared.ai.extractive_rules.outline import Outline
from shared.models.content import QuestionKind
from tests.unit.extractive_articles import article


def headed(language: str, heading: str) -> list[str]:
    outline = Outline.of(article("Titel", "Ein Text.", language=language))
    return [wording.question for wording in grammar_of(language).from_heading(heading, outline)]


def asked(language: str, sentence: str) -> list[str]:
    outline = Outline.of(article("Titel", f"{sentence} {sentence}", language=language))
    return [wording.question for wording in grammar_of(language).from_sentence(sentence, outline)]


@pytest.mark.parametrize(
    ("language", "heading", "question"),
    [
        ("de", "Warum der Teig aufgeht", "Warum geht der Teig auf?"),
        ("de", "Wie man den Stein abzieht", "Wie zieht man den Stein ab?"),
        ("de", "Warum Brot gebacken wird", "Warum wird Brot gebacken?"),
        ("de", "Woran man reifes Obst erkennt", "Woran erkennt man reifes Obst?"),
        ("de", "Den Stein vorbereiten", "Wie kann man den Stein vorbereiten?"),
        ("de", "Messer richtig schärfen", "Wie kann man Messer richtig schärfen?"),
        ("de", "Vorteile von Wolle", "Was sind die Vorteile von Wolle?"),
        ("de", "Und wie lange hält ein Messer?", "Wie lange hält ein Messer?"),
        ("ar", "كيف تختار حبوب البن", "كيف تختار حبوب البن؟"),
        ("ar", "كيفية تخزين البن", "كيف يمكن تخزين البن؟"),
        ("ar", "أنواع التحميص", "ما أنواع التحميص؟"),
        ("ar", "لماذا يبرد الماء في الجرة؟", "لماذا يبرد الماء في الجرة؟"),
        ("es", "Cómo afilar un cuchillo", "¿Cómo afilar un cuchillo?"),
        ("es", "Ventajas de la lana", "¿Cuáles son las ventajas de la lana?"),
        ("fr", "Pourquoi la pâte lève", "Pourquoi est-ce que la pâte lève ?"),
        ("fr", "Comment nettoyer la pierre", "Comment nettoyer la pierre ?"),
        ("it", "Come affilare un coltello", "Come affilare un coltello?"),
        ("pt", "Como afiar uma faca", "Como afiar uma faca?"),
        ("nl", "Voordelen van wol", "Wat zijn de voordelen van wol?"),
        ("ja", "包丁はどのくらいの頻度で研ぐべきですか？", "包丁はどのくらいの頻度で研ぐべきですか？"),
        ("el", "Πώς ακονίζω ένα μαχαίρι;", "Πώς ακονίζω ένα μαχαίρι;"),
        ("und", "Kial la pano leviĝas nokte?", "Kial la pano leviĝas nokte?"),
    ],
)
def test_headings_become_questions(language: str, heading: str, question: str) -> None:
    assert headed(language, heading) == [question]


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("de", "Warum ist das so?"),
        ("de", "Wie es weitergeht"),
        ("de", "Kaffee und Kuchen"),
        ("de", "Was oben steht?"),
        ("ar", "لماذا هذا مهم؟"),
        ("ar", "كيف تضعف؟"),
        ("ar", "سر الخزاف"),
        ("es", "¿Por qué es esto importante?"),
        ("fr", "Comment cela fonctionne"),
        ("it", "Conclusioni"),
        ("nl", "Waarom is dit belangrijk?"),
        ("ja", "なぜ？"),
        ("xx", "Kio;"),
    ],
)
def test_headings_that_are_no_clear_question_yield_nothing(language: str, heading: str) -> None:
    assert headed(language, heading) == []


@pytest.mark.parametrize(
    ("language", "sentence", "question"),
    [
        ("de", "Ein Sauerteig ist ein Teig, in dem wilde Hefen leben.", "Was ist ein Sauerteig?"),
        ("de", "Kaltes Wasser bremst die Hefe, weil sie Wärme braucht.", "Warum bremst kaltes Wasser die Hefe?"),
        ("de", "Verwenden Sie kaltes Wasser, weil die Hefe sonst rast.", "Warum sollte man kaltes Wasser verwenden?"),
        ("de", "Deshalb schneidet ein stumpfes Messer schlecht.", "Warum schneidet ein stumpfes Messer schlecht?"),
        ("de", "Um den Stein abzurichten, reibt man ihn glatt.", "Wie kann man den Stein abrichten?"),
        ("de", "Wenn der Teig an den Händen klebt, hilft Wasser.", "Was tun, wenn der Teig an den Händen klebt?"),
        ("de", "1791 definierte die Akademie den Meter neu.", "Wann definierte die Akademie den Meter neu?"),
        ("de", "Das Urmeter wurde 1889 durch ein neues ersetzt.", "Wann wurde das Urmeter durch ein neues ersetzt?"),
        ("de", "Die Gare dauert etwa drei Stunden.", "Wie lange dauert die Gare?"),
        ("ar", "القهوة هي مشروب يُحضّر من حبوب البن المحمصة.", "ما هي القهوة؟"),
        ("ar", "تتشقق الجرة في الشتاء لأن الماء يتجمد في مسامها.", "لماذا تتشقق الجرة في الشتاء؟"),
        ("ar", "إذا كان طعم القهوة مرا، قلل مدة الغلي.", "ماذا أفعل إذا كان طعم القهوة مرا؟"),
        ("ar", "في عام 1554 افتتح تاجران أول مقهى في المدينة.", "متى افتتح تاجران أول مقهى في المدينة؟"),
        ("ar", "يستغرق التحضير نحو عشرين دقيقة من البداية.", "كم يستغرق التحضير؟"),
        ("es", "Para afilar la hoja, mantén un ángulo constante.", "¿Cómo afilar la hoja?"),
        ("es", "La madera se agrieta porque pierde agua deprisa.", "¿Por qué la madera se agrieta?"),
        ("fr", "Un levain est un mélange de farine et d'eau vivant.", "Qu'est-ce qu'un levain ?"),
        ("fr", "Si la pâte colle aux mains, ajoutez un peu d'eau.", "Que faire si la pâte colle aux mains ?"),
        (
            "it",
            "Nel 1889 fu costruita la torre più alta della città.",
            "Quando fu costruita la torre più alta della città?",
        ),
        ("pt", "Uma cunha é um bloco de madeira com duas faces.", "O que é uma cunha?"),
        ("nl", "Om de steen te reinigen, gebruik je warm water.", "Hoe kun je de steen reinigen?"),
        (
            "nl",
            "In 1889 werd de oude brug door een nieuwe vervangen.",
            "Wanneer werd de oude brug door een nieuwe vervangen?",
        ),
    ],
)
def test_sentences_become_questions(language: str, sentence: str, question: str) -> None:
    assert question in asked(language, sentence)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Das Zimmer ist ein Traum, in dem man gut schläft."),
        ("de", "Er wurde 1889 ersetzt, weil er zu kurz war."),
        ("de", "Der Grund ist ein Fehler, den viele machen."),
        ("de", "Wir fuhren nach Süden, weil es dort wärmer war."),
        ("ar", "السبب هو أن الماء يتبخر بسرعة من السطح."),
        ("ar", "هذا هو المبدأ الذي تعمل به الجرار كلها."),
        ("es", "Esto es una idea que cambia todo lo demás."),
        ("fr", "Cela est un principe qui vaut pour tous."),
        ("nl", "Dit is een idee dat alles verandert."),
    ],
)
def test_sentences_without_a_nameable_subject_yield_nothing(language: str, sentence: str) -> None:
    assert asked(language, sentence) == []


def test_german_names_what_a_question_leaves_to_the_title() -> None:
    text = "Das Messer schneidet. Ein Messer rostet. Jedes Messer altert. Kein Messer lügt. Das Messer bleibt."
    outline = Outline.of(article("Messer schärfen", text, language="de"))
    grammar = grammar_of("de")
    assert [w.question for w in grammar.from_heading("Wie oft muss man schleifen?", outline)] == [
        "Wie oft muss man Messer schleifen?"
    ]
    assert [w.question for w in grammar.from_heading("Woran erkennt man, dass es scharf ist?", outline)] == [
        "Woran erkennt man, dass das Messer scharf ist?"
    ]


def test_arabic_names_the_unsaid_subject_by_gender() -> None:
    text = "الجرّة تبرد الماء. الجرة وعاء. الجرة من طين. الجرة قديمة. الجرة تتعرق. الماء يبرد."
    outline = Outline.of(article("الجرة", text, language="ar"))
    questions = [w.question for w in grammar_of("ar").from_heading("كيف تُنظَّف، ولماذا تضعف مع الزمن؟", outline)]
    assert questions == ["كيف تُنظَّف الجرة، ولماذا تضعف مع الزمن؟"]


def test_kinds_are_told_in_other_languages_too() -> None:
    def kind(language: str, heading: str) -> QuestionKind:
        outline = Outline.of(article("x", "x y.", language=language))
        return next(iter(grammar_of(language).from_heading(heading, outline))).kind

    assert kind("de", "Wie lange hält ein Messer?") is QuestionKind.HOW_MANY
    assert kind("ar", "لماذا يبرد الماء في الجرة؟") is QuestionKind.WHY
    assert kind("es", "¿Dónde se guarda el aceite?") is QuestionKind.WHERE
    assert kind("fr", "Combien de temps dure la cuisson ?") is QuestionKind.HOW_MANY
