"""The contents of the registries of the tests."""

from typed_artifacts.local import Registry

PROJECT = "local/world"
MANY = f"{PROJECT}/many"
VERSIONS = 120


def build_world(registry: Registry) -> None:
    """The one that is only read: three types, seven datasets, 120 versions, a portfolio, a run."""
    with registry.batch():
        for number in range(VERSIONS):
            tags = ["even"] if number % 2 == 0 else []
            registry.log_version(
                MANY,
                type="dataset",
                files={"number.txt": str(number)},
                tags=[*tags, "rare"] if number in {60, 111} else tags,
                metadata={"number": number, "nested": {"half": number / 2}},
                aliases=[f"alias-{number}"] if number % 10 == 0 else [],
            )
        for number in range(6):
            files = {f"folder/{name:02}.txt": f"{number} {name}" for name in range(13)}
            registry.log_version(f"{PROJECT}/set-{number}", type="dataset", files=files)
        for number in range(3):
            registry.log_version(
                f"{PROJECT}/net",
                type="model",
                files={"weights": str(number)},
                run=f"{PROJECT}/train",
            )
        registry.log_version(f"{PROJECT}/scores", type="eval", files={"scores": "1"})
        registry.link(f"{PROJECT}/net:v1", f"{PROJECT}/released", aliases=["best"])
        registry.run(f"{PROJECT}/train", display_name="Train", job_type="training")
        for number in range(7):
            registry.use(f"{PROJECT}/train", f"{MANY}:v{number}")
        registry.describe_collection(MANY, description="Numbers.", tags=["numbers", "plain"])


def build_bench(registry: Registry) -> None:
    """The small one that a test may change."""
    with registry.batch():
        for number in range(2):
            registry.log_version("local/bench/data", type="dataset", files={"a": str(number)})
        registry.log_version("local/bench/other", type="dataset", files={"b": "1"})
        registry.log_version("local/bench/net", type="model", files={"c": "1"})
        registry.link("local/bench/net:v0", "local/bench/shelf", aliases=["best"])
        registry.describe_collection("local/bench/data", description="Words.", tags=["red", "old"])
        registry.describe_collection("local/bench/other", tags=["theirs"])
        registry.describe_collection("local/bench/shelf", tags=["wood"])
