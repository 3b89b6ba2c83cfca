"""What is sent to MongoDB for a search of its own; no server here runs it."""

from __future__ import annotations

import numpy as np
import pytest
from bson.binary import Binary, BinaryVector

from api_service.data.vector_index import Near, index_definition, index_name, near, nearest_pipeline
from api_service.data.vector_repository import VectorKind

MODEL = "text-embedding-3.5/8"
PATH = "vectors.text-embedding-3_5/8"
QUERY = np.eye(1, 8, dtype=np.float32)[0]


@pytest.mark.parametrize(
    ("kind", "filters"),
    [
        (VectorKind.QUESTION, ["publisher_id", "blog_id"]),
        (VectorKind.PASSAGE, ["publisher_id", "blog_id"]),
        (VectorKind.SUMMARY, ["publisher_id"]),
    ],
)
def test_an_index_holds_one_models_vectors_and_what_searches_filter_by(kind: VectorKind, filters: list[str]) -> None:
    vector, *rest = index_definition(kind, MODEL, 8)["fields"]
    assert vector == {"type": "vector", "path": PATH, "numDimensions": 8, "similarity": "cosine"}
    assert rest == [{"type": "filter", "path": path} for path in filters]


def test_another_definition_has_another_name() -> None:
    definitions = [
        index_definition(kind, model, dimensions)
        for kind in (VectorKind.SUMMARY, VectorKind.PASSAGE)
        for model, dimensions in ((MODEL, 8), (MODEL, 16), ("text embedding 3.5/8", 8), ("m" * 200, 8))
    ]
    names = [index_name(definition) for definition in definitions]
    assert len(set(names)) == len(names)
    assert index_name(index_definition(VectorKind.PASSAGE, MODEL, 8)).startswith("text-embedding-3-5-8-")
    assert all(len(name) <= 50 for name in names)


def test_a_search_is_filtered_by_publisher_and_drops_what_is_superseded() -> None:
    pipeline = nearest_pipeline(VectorKind.PASSAGE, MODEL, "p1", QUERY, limit=10, without=None)
    assert pipeline == [
        {
            "$vectorSearch": {
                "index": index_name(index_definition(VectorKind.PASSAGE, MODEL, 8)),
                "path": PATH,
                "queryVector": pipeline[0]["$vectorSearch"]["queryVector"],
                "filter": {"publisher_id": {"$eq": "p1"}},
                "numCandidates": 420,
                "limit": 21,
            }
        },
        {"$match": {"expires_at": {"$exists": False}}},
        {"$limit": 10},
        {"$project": {"blog_id": 1, "score": {"$meta": "vectorSearchScore"}}},
    ]
    query: Binary = pipeline[0]["$vectorSearch"]["queryVector"]
    assert isinstance(query.as_vector(), BinaryVector)
    assert query.as_vector().data == QUERY.tolist()


def test_a_blog_is_left_out_by_the_filter_and_a_summary_by_its_id() -> None:
    search, *_ = nearest_pipeline(VectorKind.QUESTION, MODEL, "p1", QUERY, limit=5, without="b1")
    assert search["$vectorSearch"]["filter"] == {"$and": [{"publisher_id": {"$eq": "p1"}}, {"blog_id": {"$ne": "b1"}}]}
    search, match, *_ = nearest_pipeline(VectorKind.SUMMARY, MODEL, "p1", QUERY, limit=5, without="b1")
    assert search["$vectorSearch"]["filter"] == {"publisher_id": {"$eq": "p1"}}
    assert match["$match"] == {"expires_at": {"$exists": False}, "_id": {"$ne": "b1"}}


def test_a_search_asks_for_no_more_than_the_server_allows() -> None:
    search = nearest_pipeline(VectorKind.PASSAGE, MODEL, "p1", QUERY, limit=9_000, without=None)[0]["$vectorSearch"]
    assert (search["limit"], search["numCandidates"]) == (10_000, 10_000)


def test_scores_become_cosines() -> None:
    for score, cosine in ((1.0, 1.0), (0.5, 0.0), (0.0, -1.0)):
        assert near(VectorKind.QUESTION, {"_id": "q", "blog_id": "b", "score": score}) == Near("q", "b", cosine)
    assert near(VectorKind.SUMMARY, {"_id": "b", "score": 0.75}) == Near("b", "b", 0.5)
