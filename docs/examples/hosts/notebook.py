"""As in a notebook: images in memory, a metric of one's own, pandas. The cells are divided by ``# %%``."""

# %% Images from wherever they come: a camera, an archive, a database.
import numpy as np

import tamis

random = np.random.default_rng(0)
names = [f"frame_{number:03}" for number in range(12)]
frames = [
    (random.normal(120, 5 * number, (60, 80)) + 10 * (number % 3)).clip(0, 255).astype(np.uint8) for number in range(12)
]
dataset = tamis.Dataset.from_images(names, frames)


# %% A metric, written here and now. Its parameter names the view that it needs.
def blown_out(gray):
    """The share of pixels that are white."""
    return (gray == 255).mean()


registry = tamis.Registry()
registry.register(tamis.Metric("my.blownOut", blown_out, range=(0, 1)))

# %% Measure, and look at it with pandas.
table = tamis.compute(dataset, ["lightly.luminance", "lightly.contrast", "my.blownOut"], registry=registry)
frame = table.to_pandas().set_index("sample")
print(frame.describe())

# %% Select: none that is blown out, and of the rest those with the most contrast.
config = {
    "n_samples": 4,
    "strategies": [
        {
            "input": {"type": "METADATA", "key": "my.blownOut"},
            "strategy": {"type": "THRESHOLD", "threshold": 0.002, "operation": "SMALLER"},
        },
        {"input": {"type": "METADATA", "key": "lightly.contrast"}, "strategy": {"type": "WEIGHTS"}},
    ],
}
result = tamis.select(dataset, config, registry=registry)
print(result.selected)

# %% The frames themselves, in the order picked; and why one of them was left out.
picked = [frames[names.index(name)] for name in result.selected]
print(result.explain("frame_011"))

# %% Everything that was used, a row for each frame.
print(result.table().to_pandas().sort_values("rank").head(4))
