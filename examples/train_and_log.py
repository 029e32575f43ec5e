"""A training step: take a dataset, learn from it, log the model, and mark both.

Run it with a dataset, a collection for the model, and a portfolio for the best one:
python examples/train_and_log.py team/project/texts team/project/word-counts team/project/best
"""

import json
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel

from typed_artifacts import Api, Artifact, NotFoundError


class Facts(BaseModel):
    """What the metadata of a model says."""

    words: int
    trained_on: str


def learn(folder: Path) -> Counter[str]:
    """Count words: as good a model as any for an example."""
    counts: Counter[str] = Counter()
    for path in folder.rglob("*.txt"):
        counts.update(path.read_text(encoding="utf-8").split())
    return counts


def best_so_far(api: Api, portfolio: str) -> int:
    """How many words the best model knows; none where there is no model yet."""
    try:
        return api.artifact(f"{portfolio}:best").metadata_as(Facts).words
    except NotFoundError:
        return 0


def main(api: Api, dataset: str, model: str, portfolio: str) -> Artifact:
    """Train on the newest version, log the result, and promote it if it is better."""
    data = api.artifact(dataset)
    with TemporaryDirectory() as folder:
        counts = learn(data.download(folder))
    facts = Facts(words=len(counts), trained_on=data.qualified_name)
    logged = api.log_artifact(
        model,
        type="model",
        files={"counts.json": json.dumps(counts, sort_keys=True).encode()},
        metadata=facts.model_dump(),
        tags=["candidate"],
        ttl=timedelta(days=30),
    )
    if facts.words > best_so_far(api, portfolio):
        logged.link(portfolio, aliases=["best"])
        logged.tags = ["promoted"]
        logged.ttl = None  # the best is kept for ever
        logged.save()
    return logged


if __name__ == "__main__":
    with Api() as opened:
        result = main(opened, *sys.argv[1:])
        print(f"{result.qualified_name}: {', '.join(result.tags)}, {result.url}")
