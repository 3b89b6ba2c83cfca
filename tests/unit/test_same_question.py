from __future__ import annotations

import pytest

from api_service.services.same_question import means_the_same

SAME = [
    ("en", "Why does bread go stale?", "why does bread go stale"),
    ("en", "Why does bread go stale?", "Why do breads go stale?!"),
    ("en", "How long does bread keep in a linen cloth?", "How long does bread keep in linen cloths?"),
    ("en", "How many litres does a barrel of 200 litres hold?", "How many litres does a barrel of 200 litres hold"),
    ("en", "Why isn't honey spoiled?", "Why is honey not spoiled?"),
    ("de", "Wie lagert man Brot?", "wie lagert man das Brot"),
    ("fr", "Pourquoi le pain rassit-il ?", "Pourquoi le pain rassit-il?"),
    ("ar", "لماذا يبرد الماء في الفخار؟", "لماذا يبرد الماء في الفخار"),
    ("zh", "咖啡为什么会苦？", "咖啡为什么会苦"),
    ("en", "How much vitamin C do I need?", "how much vitamin c do I need"),
    ("en", "How do I clean a chain?", "How do I clean the chain?"),
    ("ar", "لماذا يبرد الماءُ في الفخّار؟", "لماذا يبرد الماء في الفخار؟"),
    ("fr", "Comment garder le pain brioch\u00e9 ?", "Comment garder le pain brioche\u0301 ?"),
    ("en", "Why does bread go stale?", "WHY DOES BREAD GO STALE?"),
]
OTHER = [
    ("en", "How do I cook white rice?", "How do I cook brown rice?"),
    ("en", "How does bread go stale?", "Why does bread go stale?"),
    ("en", "When does bread go stale?", "Why does bread go stale?"),
    ("en", "Why does bread go stale?", "Why does bread not go stale?"),
    ("en", "Can I eat it without salt?", "Can I eat it with salt?"),
    ("en", "Should I rest the dough before baking?", "Should I rest the dough after baking?"),
    ("en", "How do I turn the oven on?", "How do I turn the oven off?"),
    ("en", "What did it cost in 2021?", "What did it cost in 2012?"),
    ("en", "How much flour for 2 loaves?", "How much flour for 12 loaves?"),
    ("en", "How long does bread keep?", "How long does bread keep in the freezer?"),
    ("en", "How long does bread keep in the freezer?", "How long does bread keep?"),
    ("en", "How much does flour cost?", "How much flour does it take?"),
    ("de", "Wie lagert man Brot?", "Wie backt man Brot?"),
    ("de", "Muss man Brot nach dem Backen abkühlen?", "Muss man Brot vor dem Backen abkühlen?"),
    ("ar", "لماذا يبرد الماء في الفخار؟", "كيف يبرد الماء في الفخار؟"),
    ("zh", "咖啡为什么会苦？", "茶为什么会苦？"),
    ("en", "How much vitamin C do I need?", "How much vitamin D do I need?"),
    ("en", "How much vitamin C do I need?", "how much vitamin d do i need"),
    ("en", "What is vitamin A good for?", "What is vitamin D good for?"),
    ("en", "What are the symptoms of hepatitis A?", "What are the symptoms of hepatitis B?"),
    ("en", "What are the symptoms of hepatitis?", "What are the symptoms of hepatitis a?"),
    ("en", "What does the WHO do?", "What does it do?"),
    ("de", "Wie viel Vitamin C brauche ich?", "Wie viel Vitamin D brauche ich?"),
    ("fr", "Combien de vitamine C faut-il ?", "Combien de vitamine D faut-il ?"),
    ("es", "¿Para qué sirve la vitamina A?", "¿Para qué sirve la vitamina D?"),
    ("zh", "维生素C有什么作用？", "维生素D有什么作用？"),
    ("en", "Do I need a visa for Austria?", "Do I need a visa for Australia?"),
    ("en", "Do I need a visa for Niger?", "Do I need a visa for Nigeria?"),
    ("en", "What are the symptoms of hypothermia?", "What are the symptoms of hyperthermia?"),
    ("en", "How do I clean a tub?", "How do I clean a tube?"),
    ("en", "How do I convert Celsius to Fahrenheit?", "How do I convert Fahrenheit to Celsius?"),
    ("en", "Is tea healthier than coffee?", "Is coffee healthier than tea?"),
    ("en", "Is tea as healthy as coffee?", "Is coffee as healthy as tea?"),
    ("en", "Can dogs eat cat food?", "Can cats eat dog food?"),
    ("en", "What do big cats eat?", "What eats big cats?"),
    ("de", "Beißt der Hund den Hasen?", "Beißt der Hase den Hund?"),
    ("en", "Can I take it with milk?", "Must I take it with milk?"),
    ("en", "What is C++?", "What is C#?"),
    ("en", "What can I buy for 5 €?", "What can I buy for 5 $?"),
    ("en", "How much is 1.5 cups of flour?", "How much is 15 cups of flour?"),
    ("en", "Do tulips survive -5 degrees?", "Do tulips survive 5 degrees?"),
    ("hi", "यह दिन कब है?", "यह दान कब है?"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "stored", "asked"), SAME)
def test_the_same_question_in_other_forms_is_the_same(language: str, stored: str, asked: str) -> None:
    assert means_the_same(stored, asked, language=language, nearness=0.95)
    assert means_the_same(asked, stored, language=language, nearness=0.95)


@pytest.mark.parametrize(("language", "stored", "asked"), OTHER)
def test_a_word_that_matters_makes_another_question_however_near(language: str, stored: str, asked: str) -> None:
    assert not means_the_same(stored, asked, language=language, nearness=1.0)


def test_words_alone_do_not_make_two_questions_the_same() -> None:
    assert not means_the_same("Why does bread go stale?", "Why does bread go stale?", language="en", nearness=0.3)
