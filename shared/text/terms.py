"""Words as the lexical half of retrieval compares them: stored with each passage, and taken from each question."""

from __future__ import annotations

from functools import cache

from shared.text.evidence import empty_words, words
from shared.text.language import stop_words

_STEM_CHARS = 6
_FUNCTION_WORDS = (
    "a an i im ive id my me mine we us our your youre he him his she her it its theyre if so no yes by up out off over "
    "into onto through too very just really actually exactly get gets got go goes come comes going let lets put way "
    "thing things some any all both few lot lots bit ok okay please tell explain there here then than about after "
    "again only own same such while still ever even back one two had having being am isnt arent dont doesnt didnt "
    "cant couldnt shouldnt wont wouldnt whats hows wheres theres itself themselves myself yourself instead "
    "ich mich mir du dich dir er ihn ihm sie ihr ihnen wir uns euch es im in an am zu zum zur beim vom ins aus bei "
    "nach seit vor durch um bis ob wenn denn da dort hier so nur noch schon mal eigentlich bitte sollte sollten soll "
    "muss müssen kann können darf dürfen will möchte mein meine meinen meiner dein deine sein seine einen einem einer "
    "kein keine keinen man etwas viel viele vielen mehr sehr ganz denn doch also dann geht gehen macht machen habe hat "
    "je tu il elle nous vous ils elles me te se le la un mon ma mes ton ta tes son sa ses notre votre leur y en par si "
    "mais donc très plus moins fait faire faut doit peux puis peut être avoir cela ça "
    "yo tú él ella nosotros me te se mi mis tu tus un lo le les si sí no ya muy más menos hay hago hacer debo puedo "
    "puede ser estar tengo tiene esto eso esta ese "
    "io tu lui lei noi mi ti si mio mia un ma se già molto fare devo posso "
    "ik jij hij zij wij mijn jouw je er nog wel al te om "
    "أنا أنت هو هي نحن هم لي لك له لها عليه عليها فيه فيها هناك هنا ثم إذا لو هل يمكن يجب حتى غير ليس شو وين هو "
    "我 你 他 她 它 我们 这 那 吗 呢 的 了 是 在 和 有"
)
_QUESTION_WORDS = (
    "what why how when who whom whose where which does did can could should would will is are do many much "
    "was wann warum wieso weshalb wie wer wem wen wo welche welcher welches welchen kann man ich muss soll wieviel "
    "que qu quoi quel quelle quels quelles pourquoi comment quand qui combien est peut on faut "
    "por cómo cuándo quién dónde cuál cuáles cuánto cuántos cuánta puede "
    "che cosa perché come quando chi dove quale quali quanto quanti può "
    "wat waarom hoe wanneer wie waar welke hoeveel kan "
    "ماذا لماذا كيف متى أين هل كم أي "
    "什么 怎么 如何 为什么 哪些 哪个 多少 是否"
)


def terms(text: str) -> list[str]:
    """The distinct terms of a text, in order: its words without stop words, cut to their first letters.

    Cutting is the simplest stemming that works across European languages (McNamee and Mayfield: "Character N-Gram
    Tokenization for European Language Text Retrieval", 2004); scripts without blanks give pairs of characters, Arabic
    words lose their commonest prefixes and endings.
    """
    kept = (word for word in words(text) if (len(word) > 1 or word.isdecimal()) and word not in _ignored())
    return list(dict.fromkeys(word if word.isdecimal() else word[:_STEM_CHARS] for word in kept))


@cache
def _ignored() -> frozenset[str]:
    listed = (*stop_words(), *_QUESTION_WORDS.split(), *_FUNCTION_WORDS.split())
    return empty_words() | {word for listed_word in listed for word in words(listed_word)}
