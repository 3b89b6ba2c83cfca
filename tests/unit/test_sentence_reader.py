from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ai.answering import Sentence, SentenceReader, Written

Read = tuple[str, list[tuple[str, tuple[int, ...]]]]


def read(*pieces: str, sources: int = 3) -> Read:
    """What is shown, and the sentences with their sources, of a text that comes in pieces."""
    reader = SentenceReader(sources)
    parts = [part for piece in pieces for part in reader.feed(piece)] + reader.end()
    shown = "".join(part.text for part in parts if isinstance(part, Written))
    return shown, [(part.text, part.sources) for part in parts if isinstance(part, Sentence)]


@pytest.mark.parametrize(
    ("text", "shown", "sentences"),
    [
        ("It keeps [1].", "It keeps.", [("It keeps.", (0,))]),
        ("It keeps. [1]", "It keeps.", [("It keeps.", (0,))]),
        ("It keeps.[1] It is dry.[2]", "It keeps. It is dry.", [("It keeps.", (0,)), ("It is dry.", (1,))]),
        ("It keeps [1]. It is dry [2].", "It keeps. It is dry.", [("It keeps.", (0,)), ("It is dry.", (1,))]),
        ("It keeps. [1] It is dry. [2]", "It keeps. It is dry.", [("It keeps.", (0,)), ("It is dry.", (1,))]),
        ("It keeps [1, 3].", "It keeps.", [("It keeps.", (0, 2))]),
        ("It keeps [3][1; 3] .", "It keeps .", [("It keeps .", (2, 0))]),
        ("It [2] keeps [1].", "It keeps.", [("It keeps.", (1, 0))]),
        ("It keeps [0] [4] [99] [2].", "It keeps.", [("It keeps.", (1,))]),
        ("It keeps [7].", "It keeps.", [("It keeps.", ())]),
        ("It keeps", "It keeps", [("It keeps", ())]),
        ("It keeps [1]. It is", "It keeps. It is", [("It keeps.", (0,)), ("It is", ())]),
        ("It keeps [1]. It is dry [2", "It keeps. It is dry [2", [("It keeps.", (0,)), ("It is dry [2", ())]),
        ("An array a[i] or [sic] stays.", "An array a[i] or [sic] stays.", [("An array a[i] or [sic] stays.", ())]),
        ("In [1999] it kept.", "In [1999] it kept.", [("In [1999] it kept.", ())]),
        ("\n It keeps.\n\n- It is dry [2].", "It keeps.\n\n- It is dry.", [("It keeps.", ()), ("- It is dry.", (1,))]),
        ("Dr. Weber kept 3.5 kg, e.g. honey [1]. Good.", "Dr. Weber kept 3.5 kg, e.g. honey. Good.",
         [("Dr. Weber kept 3.5 kg, e.g. honey.", (0,)), ("Good.", ())]),
        ("Es war am 3. Mai da [1]. Gut.", "Es war am 3. Mai da. Gut.", [("Es war am 3. Mai da.", (0,)), ("Gut.", ())]),
        ("يحفظ العسل سنوات [1]. هل هو جاف؟ [2] نعم.", "يحفظ العسل سنوات. هل هو جاف؟ نعم.",
         [("يحفظ العسل سنوات.", (0,)), ("هل هو جاف؟", (1,)), ("نعم.", ())]),
        ("蜂蜜可以保存几十年[1]。它含水很少。[2]", "蜂蜜可以保存几十年。它含水很少。",
         [("蜂蜜可以保存几十年。", (0,)), ("它含水很少。", (1,))]),
        ("", "", []),
        (" \n", "", []),
    ],
)  # fmt: skip
def test_marks_are_taken_out_and_belong_to_the_sentence_before_them(
    text: str, shown: str, sentences: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert read(text) == (shown, sentences)
    assert read(*text) == (shown, sentences)


@pytest.mark.parametrize(
    "text",
    ["NOT COVERED", "not covered.", "**NOT COVERED**", '"Not covered."', " \nNOT COVERED by the passages [1].",
     "<think>What a question [1].</think>\nNOT COVERED", "*'NOT COVERED"],
)  # fmt: skip
def test_a_refusal_shows_nothing(text: str) -> None:
    assert read(text) == read(*text) == ("", [])


@pytest.mark.parametrize("text", ["No.", "NOT", "Not covered", "Note that it keeps.", "Not cold. It keeps."])
def test_what_only_begins_like_a_refusal_is_shown(text: str) -> None:
    expected = "" if text == "Not covered" else text
    assert read(text)[0] == read(*text)[0] == expected


@pytest.mark.parametrize(
    "text", ["<think>It [1] keeps. No.</think>It keeps [2].", " <think>\n</think>\n\nIt keeps [2]."]
)
def test_hidden_reasoning_is_never_shown(text: str) -> None:
    assert read(text) == read(*text) == ("It keeps.", [("It keeps.", (1,))])


def test_reasoning_that_never_ends_is_no_answer() -> None:
    text = "<think>It keeps [1]. It is dry"
    assert read(text) == read(*text) == ("", [])


@pytest.mark.parametrize("text", ["<b>It keeps</b>.", "<thinker> it says.", "<"])
def test_what_only_begins_like_reasoning_is_shown(text: str) -> None:
    assert read(text)[0] == read(*text)[0] == text


def test_pieces_are_shown_as_they_come_and_sentences_once_they_are_over() -> None:
    reader = SentenceReader(2)
    assert reader.feed("It ke") == [Written("It ke")]
    assert reader.feed("eps [") == [Written("eps")]
    assert reader.feed("1]. It") == [Written(". It")]
    assert reader.feed(" is dry") == [Written(" is dry"), Sentence("It keeps.", (0,))]
    assert reader.end() == [Sentence("It is dry", ())]


FRAGMENTS = st.sampled_from(
    ["It keeps", " for 3.", "5 years", " [1]", "[2, 3]", " [9]", "[12", "]", "[", ".", ". ", "? ", "!", "…", "\n", " ",
     '"', "(", "and ", "Dr. ", "e.g. ", "am 3. ", "Mai ", "etc. ", "J. ", "S. ", "Bach", "NOT COVERED", "not",
     "<think>", "</think>", "<th", "。", "蜂蜜", "」", "[1]。", "نعم", "؟ ", "*", "\u2019"]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=14).map("".join), st.data())
def test_however_a_text_is_cut_into_pieces_it_reads_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert read(*pieces) == read(*text) == read(text)


@given(st.lists(FRAGMENTS, max_size=14).map("".join).filter(lambda text: not re.search(r"\[[^\]]*\[", text)))
def test_what_is_shown_has_no_marks_and_holds_every_sentence(text: str) -> None:
    shown, sentences = read(text)

    assert not re.search(r"\[\d{1,2}\]", shown)
    flat = "".join(shown.split())
    for sentence, sources in sentences:
        flat = flat[flat.index("".join(sentence.split())) :]
        assert len(set(sources)) == len(sources)
        assert set(sources) <= {0, 1, 2}
