"""Keeps of a draft only what the article itself supports."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
from pydantic import Field

from shared.ai.embeddings import Embedder, Vectors, passage_texts, unrelated_similarity
from shared.models.base import Frozen
from shared.models.content import Article, Draft, DraftQuestion, QuestionKind
from shared.text.evidence import MIN_SUPPORT, Evidence, content_words, gist, overlap
from shared.text.question_form import as_question, is_in_script, script
from shared.text.sentences import joined, split_sentences

MAX_QUESTIONS = 10
_MAX_CITATIONS = 3
_CANDIDATES = 8
_MIN_ON_TOPIC = 0.25
_SAME_MATTER = 0.5
_LEAD_SENTENCES = 2
_IN_FRONT = re.compile(r"[^?\uff1f\u061f]+?\w ?[:\uff1a] ?(?=\S)")


class Rejection(StrEnum):
    """Why a question was dropped."""

    NOT_A_QUESTION = "not a question that stands on its own"
    WRONG_LANGUAGE = "not in the article's language"
    UNSUPPORTED = "the passages do not support the answer"
    ELSEWHERE = "the question is about another part of the article"
    OFF_TOPIC = "the question speaks of what the article does not"
    DUPLICATE = "asks what another question asks"
    SURPLUS = "there are enough better questions"


class GroundedQuestion(Frozen):
    """A question whose answer its cited passages support."""

    question: str
    answer: str
    passage_ids: tuple[str, ...]
    kind: QuestionKind
    support: float = Field(ge=0, le=1, description="How well the passages support the least supported sentence.")


class Dropped(Frozen):
    """A question that did not survive, for logs and the job's result."""

    question: str
    reason: Rejection


class Grounded(Frozen):
    """What is left of a draft."""

    summary: str
    key_points: tuple[str, ...]
    questions: tuple[GroundedQuestion, ...]
    dropped: tuple[Dropped, ...]


async def ground_draft(draft: Draft, article: Article, embedder: Embedder) -> Grounded:
    """Embeds what grounding compares, and grounds off the event loop."""
    said = await asyncio.to_thread(claims, draft, article)
    question_vectors = await embedder.embed_queries([proposed.question for proposed in draft.questions])
    claim_vectors = await embedder.embed_passages(said)
    passage_vectors = await embedder.embed_passages(passage_texts(article.passages))
    return await asyncio.to_thread(
        ground,
        draft,
        article,
        unrelated=unrelated_similarity(embedder.model),
        question_vectors=question_vectors,
        claim_vectors=dict(zip(said, claim_vectors, strict=True)),
        passage_vectors=passage_vectors,
    )


def claims(draft: Draft, article: Article) -> list[str]:
    """The distinct sentences that a draft asserts in other words than the article's.

    What a passage says word for word needs no vector: embedding is nearly all of what grounding costs.
    """
    texts = [*(proposed.answer for proposed in draft.questions), draft.summary, *draft.key_points]
    sentences = dict.fromkeys(sentence for text in texts for sentence in split_sentences(text))
    quoted = {each for passage in article.passages for each in _sentences_of(passage.text)}
    return [sentence for sentence in sentences if _plain(sentence) not in quoted]


def ground(
    draft: Draft,
    article: Article,
    *,
    question_vectors: Vectors,
    claim_vectors: Mapping[str, Vectors],
    passage_vectors: Vectors,
    unrelated: float,
) -> Grounded:
    """Checks a draft against the article.

    An answer is kept as far as its leading sentences are supported by the passages it cites, or by others that it is
    then said to cite. A sentence is supported when its numbers and names occur there, when nothing there says the
    opposite, and when enough of its words occur or its meaning is close enough.

    Args:
        draft: What the engine proposes.
        article: Where it must come from.
        question_vectors: One row per question, embedded as queries.
        claim_vectors: The sentences of ``claims(draft, article)``, embedded as passages.
        passage_vectors: One row per passage of the article, of ``passage_texts``.
        unrelated: Cosine similarity that the embedding model gives to unrelated texts.
    """
    source = _Source(article, passage_vectors, claim_vectors, unrelated)
    kept: list[tuple[GroundedQuestion, Vectors]] = []
    dropped: list[Dropped] = []
    for proposed, vector in zip(draft.questions, question_vectors, strict=True):
        outcome = _checked(proposed, vector, source)
        if isinstance(outcome, GroundedQuestion) and any(
            _is_same(outcome, known, source.nearness(vector @ known_vector)) for known, known_vector in kept
        ):
            outcome = Rejection.DUPLICATE
        if isinstance(outcome, GroundedQuestion):
            kept.append((outcome, vector))
        else:
            dropped.append(Dropped(question=proposed.question, reason=outcome))
    questions = [question for question, _ in kept]
    best = sorted(questions, key=lambda question: -question.support)[:MAX_QUESTIONS]
    dropped += [Dropped(question=q.question, reason=Rejection.SURPLUS) for q in questions if q not in best]
    return Grounded(
        summary=_summary(draft, source),
        key_points=tuple(point for point in draft.key_points if source.supports_all(point)),
        questions=tuple(question for question in questions if question in best),
        dropped=tuple(dropped),
    )


class _Source:
    """An article as evidence: its passages by id, their vectors, and those of the sentences to be checked."""

    def __init__(
        self, article: Article, passage_vectors: Vectors, claim_vectors: Mapping[str, Vectors], unrelated: float
    ) -> None:
        self.article = article
        self.script = script(article.text)
        self.row_of = {passage.id: row for row, passage in enumerate(article.passages)}
        self._sentences = [_sentences_of(passage.text) for passage in article.passages]
        self.passage_vectors = passage_vectors
        self.claim_vectors = claim_vectors
        self._unrelated = unrelated
        self.whole = tuple(self.row_of)
        self._evidence: dict[tuple[str, ...], Evidence] = {}

    def evidence(self, ids: tuple[str, ...]) -> Evidence:
        """Passages with the headings above them, which often name what the passages are about."""
        if ids not in self._evidence:
            passages = [self.article.passages[self.row_of[id_]] for id_ in ids]
            parts = dict.fromkeys([self.article.title, *(passage.section for passage in passages)])
            text = "\n".join([*parts, *(passage.text for passage in passages)])
            self._evidence[ids] = Evidence(text, self.article.language)
        return self._evidence[ids]

    def nearness(self, cosine: Vectors) -> Vectors:
        """Cosine similarities on a scale that all models share: 0 for unrelated texts, 1 for the same."""
        return np.asarray((cosine - self._unrelated) / (1 - self._unrelated))

    def support(self, sentence: str, ids: tuple[str, ...], given: frozenset[str] = frozenset()) -> float:
        """How well passages support a sentence, 0 to 1; 0 for a wrong number or name and for the opposite."""
        if self.quotes(sentence, ids, given):
            return 1.0
        rows = [self.row_of[id_] for id_ in ids]
        evidence = self.evidence(ids)
        vector = self.claim_vectors.get(sentence)  # None for what another passage says word for word.
        nearness = 0.0 if vector is None else float(np.max(self.nearness(self.passage_vectors[rows] @ vector)))
        return evidence.support(sentence, nearness=nearness, given=given)

    def quotes(self, sentence: str, ids: tuple[str, ...], given: frozenset[str] = frozenset()) -> bool:
        """Whether one of the passages has a sentence as one of its own, whole and word for word.

        What has no words of its own ("Yes.") counts only where a passage opens with it, below a heading that speaks of
        what the question does: anywhere else it may answer another question.

        Args:
            sentence: What is said.
            ids: Passages to look in.
            given: Content words of the question.
        """
        quoted = _plain(sentence)
        rows = [self.row_of[id_] for id_ in ids if quoted in self._sentences[self.row_of[id_]]]
        if content_words(sentence):
            return bool(rows)
        asked = gist(" ".join(given))
        opened = [self.article.passages[row].section for row in rows if self._sentences[row][0] == quoted]
        return any(_speaks_of(gist(section), asked) for section in opened)

    def supports_all(self, text: str) -> bool:
        """Whether the article as a whole supports every sentence of a text."""
        sentences = split_sentences(text)
        return bool(sentences) and all(self.support(sentence, self.whole) >= MIN_SUPPORT for sentence in sentences)

    def nearest(self, sentences: Sequence[str]) -> list[str]:
        """Ids of the passages that hold or resemble any of the sentences, the one with most of their words first."""
        ids = [id_ for id_ in self.whole if any(self.quotes(sentence, (id_,)) for sentence in sentences)]
        vectors = [self.claim_vectors[sentence] for sentence in sentences if sentence in self.claim_vectors]
        if vectors:
            similarity = np.max(self.passage_vectors @ np.stack(vectors).T, axis=1)
            ids += [self.whole[row] for row in np.argsort(-similarity)[:_CANDIDATES]]
        answer = " ".join(sentences)
        return sorted(ids, key=lambda id_: -self.evidence((id_,)).coverage(answer))


def _plain(sentence: str) -> str:
    return " ".join(sentence.removeprefix("- ").split())


def _sentences_of(text: str) -> list[str]:
    return [_plain(sentence) for sentence in split_sentences(text)]


def _checked(proposed: DraftQuestion, vector: Vectors, source: _Source) -> GroundedQuestion | Rejection:
    question = as_question(proposed.question, source.article.language)
    if question is None:
        return Rejection.NOT_A_QUESTION
    if not (is_in_script(question, source.script) and is_in_script(proposed.answer, source.script)):
        return Rejection.WRONG_LANGUAGE
    article = source.evidence(source.whole)
    if article.lacks_number(question) or article.lacks_name(question) or article.coverage(question) < _MIN_ON_TOPIC:
        return Rejection.OFF_TOPIC
    options = _citations(proposed, source)
    # Of passages cited anew only the first counts, or any second one near the question would excuse it.
    here = [
        ids
        for ids in options
        if not _is_elsewhere(question, vector, ids if ids == proposed.passage_ids else ids[:1], source)
    ]
    if options and not here:
        return Rejection.ELSEWHERE
    settled = _settle(proposed, here, source)
    if settled is None:
        return Rejection.UNSUPPORTED
    answer, ids, support = settled
    return GroundedQuestion(question=question, answer=answer, passage_ids=ids, kind=proposed.kind, support=support)


def _citations(proposed: DraftQuestion, source: _Source) -> list[tuple[str, ...]]:
    """The passages that may support an answer, the proposed ones first."""
    sentences = split_sentences(proposed.answer)
    if not sentences or not source.whole:
        return []
    cited = tuple(dict.fromkeys(id_ for id_ in proposed.passage_ids if id_ in source.row_of))
    given = frozenset(content_words(proposed.question))
    if cited and all(source.quotes(sentence, cited, given) for sentence in sentences):
        return [cited]
    near = source.nearest(sentences)
    both = tuple(dict.fromkeys((*cited[: _MAX_CITATIONS - 1], near[0])))
    return list(dict.fromkeys(ids for ids in (cited, (near[0],), tuple(near[:2]), both) if ids))


def _settle(
    proposed: DraftQuestion, options: Sequence[tuple[str, ...]], source: _Source
) -> tuple[str, tuple[str, ...], float] | None:
    """The supported part of an answer, the passages that support it and how well; None when nothing answers."""
    sentences = split_sentences(proposed.answer)
    given = frozenset(content_words(proposed.question))
    best: tuple[int, tuple[str, ...], float] = (0, (), 0.0)
    for ids in options:
        supports = [source.support(sentence, ids, given) for sentence in sentences]
        # A later sentence may lean on the one before it, so an answer is only ever cut at its end.
        count = next((index for index, support in enumerate(supports) if support < MIN_SUPPORT), len(supports))
        if count > best[0]:
            best = (count, ids, min(supports[:count]))
    count, ids, support = best
    says_more = any(gist(kept) - gist(proposed.question) or any(map(str.isdecimal, kept)) for kept in sentences[:count])
    return (_leading(proposed.answer, sentences[:count]), ids, round(support, 3)) if says_more else None


def _leading(text: str, sentences: Sequence[str]) -> str:
    """The start of a text up to the end of the last of its leading sentences, line breaks kept."""
    end = 0
    for sentence in sentences:
        end = text.index(sentence, end) + len(sentence)
    return text[:end].strip()


def _is_elsewhere(question: str, vector: Vectors, ids: tuple[str, ...], source: _Source) -> bool:
    """Whether many other passages are clearly closer to the question than the cited ones, which no heading connects."""
    asked = gist(question)
    headings = [gist(source.article.passages[source.row_of[id_]].section) for id_ in ids]
    if any(_speaks_of(heading, asked) for heading in headings):
        return False
    nearness = source.nearness(source.passage_vectors @ vector)
    cited = max(nearness[source.row_of[id_]] for id_ in ids)
    closer = int(np.sum(nearness > cited))
    return closer >= max(5, len(source.whole) // 3) and bool(np.max(nearness) - cited >= 0.12)


def _speaks_of(heading: frozenset[str], asked: frozenset[str]) -> bool:
    """Whether a heading names what a question asks about, perhaps with a topic in front."""
    return overlap(asked, heading) >= _SAME_MATTER or (bool(heading) and heading <= asked)


def _is_same(question: GroundedQuestion, other: GroundedQuestion, nearness: Vectors) -> bool:
    """Whether two questions are nearly the same, or alike with answers that overlap, or have much the same answer."""
    common = overlap(gist(_asked(question.question)), gist(_asked(other.question)))
    common_answer = overlap(gist(question.answer), gist(other.answer))
    if _asked(question.question) != question.question and question.question.startswith(_topic(other.question)):
        # "Hay fever: how often?" and "Hay fever: and the eyes?" are near for what stands in front.
        return common >= 0.6 or common_answer >= 0.8
    alike = nearness >= 0.8 or (nearness >= 0.6 and common >= 0.6)
    same_place = common_answer >= 0.4 or not set(question.passage_ids).isdisjoint(other.passage_ids)
    return bool(nearness >= 0.92 or (alike and same_place) or (nearness >= 0.4 and common_answer >= 0.8))


def _topic(question: str) -> str:
    """What stands in front of the question proper, colon included; the whole question if nothing does."""
    match = _IN_FRONT.match(question)
    return match.group() if match else question


def _asked(question: str) -> str:
    return question.removeprefix(_topic(question)) or question


def _summary(draft: Draft, source: _Source) -> str:
    """The supported sentences of the summary, or how the article begins when there are none."""
    kept = [s for s in split_sentences(draft.summary) if source.support(s, source.whole) >= MIN_SUPPORT]
    return joined(kept or split_sentences(source.article.passages[0].text)[:_LEAD_SENTENCES])
