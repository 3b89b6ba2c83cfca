"""Passages in the database: what the worker stores is what answers are taken from."""

from __future__ import annotations

import numpy as np

from api_service.data.blog_repository import BlogRepository
from api_service.data.passage_repository import PassageRepository
from api_service.data.vector_repository import VectorRepository
from api_service.services.memory_search import MemorySearch
from api_service.services.retrieval import PassageRetrieval, Query
from shared.ai.embeddings import Embedder, passage_texts, sentence_texts
from shared.data.content_repository import PASSAGES, stored_sentences
from shared.data.database import Database
from shared.models.published import blog_id
from shared.text.terms import terms
from tests.integration.articles import BREAD, CHAIN, passages_of, publish_story, with_passage


async def test_passages_are_read_as_they_were_published(database: Database, embedder: Embedder) -> None:
    await publish_story(database, "p1", BREAD, embedder)
    repository = PassageRepository(database, model=embedder.model)
    blog = await BlogRepository(database).find(blog_id("p1", BREAD.url))
    assert blog is not None
    assert (blog.language, blog.version) == ("en", 1)
    stored = await repository.of_blog(blog)
    originals = passages_of(BREAD)
    assert [each.citation.passage_id for each in stored] == [each.id for each in originals]
    vectors = await embedder.embed_passages(passage_texts(originals))
    for passage, original, vector, texts in zip(
        stored, originals, vectors, sentence_texts(BREAD.title, originals), strict=True
    ):
        assert (passage.citation.text, passage.citation.title) == (original.text, BREAD.title)
        assert BREAD.text[passage.citation.start : passage.citation.end] == original.text
        assert passage.terms == set(terms(f"{BREAD.title} {original.section} {original.text}"))
        assert passage.vector is not None
        np.testing.assert_allclose(passage.vector, vector, atol=1e-6)
        rows = await embedder.embed_passages(texts)
        assert passage.sentences.shape == rows.shape
        assert np.einsum("ij,ij->i", passage.sentences, rows).min() > 0.999
        np.testing.assert_allclose(np.linalg.norm(passage.sentences, axis=1), 1, atol=1e-5)


async def test_vectors_of_another_model_are_not_read(database: Database, embedder: Embedder) -> None:
    await publish_story(database, "p1", BREAD, embedder)
    repository = PassageRepository(database, model="another/8")
    blog = await BlogRepository(database).find(blog_id("p1", BREAD.url))
    assert blog is not None
    stored = await repository.of_blog(blog)
    assert [(each.vector, len(each.sentences)) for each in stored] == [(None, 0)] * len(BREAD.passages)


async def test_words_are_counted_and_found_per_publisher(database: Database, embedder: Embedder) -> None:
    for publisher, story in (("p1", BREAD), ("p1", CHAIN), ("p2", BREAD)):
        await publish_story(database, publisher, story, embedder)
    repository = PassageRepository(database, model=embedder.model)
    assert await repository.count("p1") == len(BREAD.passages) + len(CHAIN.passages)
    assert await repository.frequencies("p1", ["bread", "freeze", "nothin"]) == {"bread": 3, "freeze": 1, "nothin": 0}
    found = await repository.with_terms("p1", ["freeze", "stretc"], limit=10)
    assert {each.citation.section for each in found} == {"Freezing", "Wear"}
    assert len(await repository.with_terms("p1", ["bread"], limit=2)) == 2


async def test_superseded_passages_are_found_neither_by_their_words_nor_by_what_is_still_in_memory(
    database: Database, embedder: Embedder
) -> None:
    await publish_story(database, "p1", BREAD, embedder)
    search = MemorySearch(VectorRepository(database, model=embedder.model), max_bytes=10**7)
    retrieval = PassageRetrieval(
        PassageRepository(database, model=embedder.model), BlogRepository(database), search, model=embedder.model
    )
    (vector,) = await embedder.embed_queries(["freeze bread"])
    query = Query("freeze bread", "en", vector)
    assert {each.passage.version for each in (await retrieval.in_publisher("p1", query)).passages} == {1}
    await publish_story(database, "p1", with_passage(BREAD, 2, "Frozen bread keeps."), embedder)
    assert await database[PASSAGES].count_documents({"terms": "freeze"}) == 1
    found = await retrieval.in_publisher("p1", query)
    assert {each.passage.version for each in found.passages} <= {2}
    assert "Frozen bread keeps." in {each.passage.citation.text for each in found.passages}


def test_sentence_vectors_take_a_byte_for_each_number() -> None:
    rows = np.array([[0.6, -0.8, 0.0], [0.0, 0.0, 0.0]], dtype=np.float32)
    stored = np.frombuffer(stored_sentences(rows), dtype=np.int8).reshape(2, 3)
    assert stored.tolist() == [[95, -127, 0], [0, 0, 0]]
    assert stored_sentences(np.empty((0, 3), dtype=np.float32)) == b""
