"""What the section shows."""

import tamis
from tamis import blocks
from tamis.templates import section as plugin


def test_folders_are_counted() -> None:
    """The fullest first."""
    (section,) = plugin.tamis_sections()
    dataset = tamis.Dataset(["a/1.png", "b/2.png", "b/3.png"])
    (shown,) = section.make(tamis.Subject.of_dataset(dataset), {"most": 20})

    assert isinstance(shown, blocks.Bars)
    assert shown.labels == ("b", "a")
    assert shown.counts["input"].tolist() == [2, 1]
