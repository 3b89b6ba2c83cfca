from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from api_service.data.passage_repository import StoredPassage
from api_service.services.asking import ANSWERABLE
from api_service.services.quoting import Quote, answerability, quote
from api_service.services.retrieval import Found, Query, Retrieved, rank, rarity
from shared.models.content import PassageKind
from shared.text.terms import terms
from tests.unit.passages import MODEL, QUERY, stored

HONEY = "How long does honey keep?"
SHORT = "Honey keeps for decades. It is dry. Bees make it in summer."
LONG = " ".join(
    [
        "The hive stands behind the shed, where the morning sun warms it before the dew is gone from the grass.",
        "Honey keeps for 30 years.",
        "The smoker is lit with old sacking, and the frames are lifted one by one while the bees calm down.",
        "A sealed jar of honey keeps for decades in a dark cupboard.",
        "In the autumn the entrance is narrowed, so that wasps and mice find it harder to get inside the hive.",
        "Nothing else has to be done before the spring, when the willows flower and the first pollen comes in.",
    ]
)


def query(text: str = HONEY, language: str = "en") -> Query:
    return Query(text, language, QUERY)


def ranked(passages: Sequence[StoredPassage], weights: Mapping[str, float] | None = None, **of: str) -> list[Found]:
    return rank(query(**of), weights or {}, passages, model=MODEL)


def retrieved(*passages: StoredPassage, known: float = 1.0, text: str = HONEY, language: str = "en") -> Retrieved:
    weights = dict.fromkeys(terms(text), 1.0)
    return Retrieved(weights, known, ranked(passages, weights, text=text, language=language))


class TestRarity:
    def test_a_rarer_term_weighs_more_and_none_weighs_nothing(self) -> None:
        weights = rarity({"everywhere": 100, "half": 50, "once": 1, "never": 0}, 100)
        assert 0 < weights["everywhere"] < weights["half"] < weights["once"] < weights["never"]

    @pytest.mark.parametrize(("counts", "passages"), [({"a": 1_000}, 10), ({"a": 0}, 0), ({"a": 1}, 1)])
    def test_counts_that_stop_early_still_give_a_weight(self, counts: dict[str, int], passages: int) -> None:
        assert rarity(counts, passages)["a"] > 0

    def test_no_terms_have_no_weights(self) -> None:
        assert rarity({}, 10) == {}


class TestRank:
    def test_the_nearest_comes_first(self) -> None:
        far, near, middle = (stored(name, nearness=nearness) for name, nearness in (("a", 0.1), ("b", 0.9), ("c", 0.5)))
        found = ranked([far, near, middle])
        assert [each.passage for each in found] == [near, middle, far]
        assert [each.nearness for each in found] == pytest.approx([0.9, 0.5, 0.1], abs=1e-5)

    def test_a_sentence_that_is_near_counts_more_than_the_whole(self) -> None:
        whole = stored("a", nearness=0.5, sentences=(0.5, 0.5))
        one = stored("b", nearness=0.4, sentences=(0.1, 0.9))
        assert [each.passage for each in ranked([whole, one])] == [one, whole]
        assert ranked([one])[0].sentences == pytest.approx([0.1, 0.9], abs=1e-5)

    def test_words_decide_between_passages_equally_near(self) -> None:
        without, common, rare = stored("jars"), stored("honey"), stored("propolis")
        weights = {"honey": 1.0, "propol": 3.0}
        found = ranked([without, common, rare], weights)
        assert [each.passage for each in found] == [rare, common, without]
        assert [each.coverage for each in found] == [0.75, 0.25, 0.0]

    def test_another_language_is_not_held_against_a_passage(self) -> None:
        same, foreign, untold = (stored(text, language=text) for text in ("en", "de", "und"))
        assert ranked([same, untold, foreign])[0].passage is foreign
        assert {each.nearness for each in ranked([same, foreign], language="und")} == {ranked([same])[0].nearness}

    def test_passages_without_vectors_are_found_by_their_words(self) -> None:
        bare, other = stored("honey keeps", nearness=None), stored("wax", nearness=0.0)
        first, second = ranked([other, bare], {"honey": 1.0, "keeps": 1.0})
        assert (first.passage, first.nearness, first.coverage, len(first.sentences)) == (bare, 0.0, 1.0, 0)
        assert second.score == pytest.approx(0.0, abs=1e-5)

    def test_nearness_stays_between_unrelated_and_the_same(self) -> None:
        found = ranked([stored("a", nearness=-0.5), stored("b", nearness=1.0)])
        assert [each.nearness for each in found] == pytest.approx([1.0, 0.0])

    def test_nothing_is_ranked_as_nothing(self) -> None:
        assert ranked([]) == []


class TestAnswerability:
    def test_nothing_answers_nothing(self) -> None:
        assert answerability(query(), retrieved()) == 0

    def test_what_is_near_and_known_answers_and_what_is_neither_does_not(self) -> None:
        near, far = stored(SHORT, nearness=0.9), stored(SHORT, nearness=0.0)
        assert answerability(query(), retrieved(near)) > 0.9
        assert answerability(query(), retrieved(far, known=0.0)) < 0.1

    def test_it_grows_with_nearness_and_with_known_words(self) -> None:
        by_nearness = [answerability(query(), retrieved(stored(SHORT, nearness=step / 10))) for step in range(10)]
        by_words = [
            answerability(query(), retrieved(stored(SHORT, nearness=0.3), known=step / 10)) for step in range(10)
        ]
        assert by_nearness == sorted(set(by_nearness))
        assert by_words == sorted(set(by_words))

    def test_a_price_that_is_asked_for_has_to_be_there(self) -> None:
        question = query("What does a jar of honey cost?")
        told = retrieved(stored("A jar of honey is 8 euros.", nearness=0.4), text=question.text)
        untold = retrieved(stored("A jar of honey is sticky.", nearness=0.4), text=question.text)
        assert answerability(question, told) > answerability(question, untold)

    def test_the_words_of_another_language_do_not_count(self) -> None:
        foreign = stored("Honig hält sich jahrzehntelang.", nearness=0.6, language="de")
        known, unknown = (answerability(query(), retrieved(foreign, known=share)) for share in (1.0, 0.0))
        assert known == unknown

    @pytest.mark.parametrize("asked_in", ["zh", "und"])
    def test_chinese_has_to_be_nearer(self, asked_in: str) -> None:
        # Medians of the Chinese retrieval set, of articles without the paragraph that answers and with it.
        without, whole = (
            answerability(
                query("蜜蜂住在哪里？", asked_in),
                retrieved(stored("蜜蜂住在蜂箱里。", nearness=near, language="zh"), known=known, language=asked_in),
            )
            for near, known in ((0.53, 0.03), (0.64, 0.14))
        )
        assert without < ANSWERABLE < whole

    @pytest.mark.parametrize("language", ["en", "ja", "th", "und"])
    def test_no_other_language_has_to_be_nearer(self, language: str) -> None:
        near = retrieved(stored(SHORT, nearness=0.53, language=language), known=0.03, language=language)
        assert answerability(query(language=language), near) > ANSWERABLE


class TestQuoting:
    @staticmethod
    def texts(quotes: Sequence[Quote]) -> list[tuple[str, ...]]:
        return [each.sentences for each in quotes]

    def test_a_short_passage_is_quoted_whole(self) -> None:
        found = retrieved(stored(SHORT, nearness=0.8, sentences=(0.9, 0.1, 0.1)))
        assert self.texts(quote(query(), found)) == [
            ("Honey keeps for decades.", "It is dry.", "Bees make it in summer.")
        ]

    def test_of_a_long_passage_the_sentences_that_answer_are_quoted_in_its_order(self) -> None:
        found = retrieved(stored(LONG, nearness=0.6, sentences=(0.1, 0.8, 0.2, 0.85, 0.1, 0.1)))
        assert self.texts(quote(query(), found)) == [
            ("Honey keeps for 30 years.", "A sealed jar of honey keeps for decades in a dark cupboard.")
        ]

    def test_a_long_passage_without_sentence_vectors_is_not_taken_apart(self) -> None:
        (whole,) = self.texts(quote(query(), retrieved(stored(LONG, nearness=0.6))))
        assert " ".join(whole) == LONG

    def test_code_is_never_taken_apart(self) -> None:
        code = "\n".join(f"honey_{number} = keep(years={number})" for number in range(20))
        found = retrieved(stored(code, nearness=0.8, kind=PassageKind.CODE))
        (lines,) = self.texts(quote(query(), found))
        assert list(lines) == code.split("\n")[: len(lines)]
        assert len(lines) > 3

    def test_a_second_passage_is_quoted_when_it_is_about_as_good(self) -> None:
        best, close, far = stored("Honey keeps.", nearness=0.8), stored("It keeps.", nearness=0.75), stored("Wax.")
        found = Retrieved({}, 1.0, ranked([far, close, best]))
        assert self.texts(quote(query(), found)) == [("Honey keeps.",), ("It keeps.",)]
        assert self.texts(quote(query(), Retrieved({}, 1.0, ranked([far, best])))) == [("Honey keeps.",)]

    def test_nothing_is_quoted_from_nothing(self) -> None:
        assert quote(query(), retrieved()) == []
