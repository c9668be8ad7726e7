"""What the registry promises to hosts and to people who install plugins."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import types
from pathlib import Path

import pytest

import tamis
from tamis import Header, Metric, Registry, View, errors, hookimpl
from tests.conftest import Install, metric_module

KEYS = [
    *("lightly.contrast", "lightly.height", "lightly.luminance", "lightly.meanBlue", "lightly.meanGreen"),
    *("lightly.meanRed", "lightly.sharpness", "lightly.sizeInBytes", "lightly.snr", "lightly.uniformRowRatio"),
    "lightly.width",
]


def states(registry: Registry) -> dict[str, str]:
    """The state of each plugin by key; of rivals the last."""
    return {status.plugin.key: status.state for status in registry.plugins()}


def test_built_in_metrics_are_found_by_entry_point() -> None:
    """All eleven documented keys are there, in order, beside those of EXIF, hashes and tamis's own."""
    keys = list(Registry(environ=False).keys("metric"))
    assert [key for key in keys if key.startswith("lightly.")] == KEYS
    assert {key.partition(".")[0] for key in keys} == {"exif", "hash", "lightly", "tamis"}


def test_listing_imports_no_plugin(install: Install) -> None:
    """A listing names a plugin whose import would fail, and doesn't import it."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_listed"}}, acme_listed="raise RuntimeError('imported')")

    assert states(Registry())["acme.x"] == "found"
    assert "acme_listed" not in sys.modules


def test_loading_one_key_imports_one_module(install: Install) -> None:
    """PluginCalls for a key leaves its neighbours alone."""
    install(
        "acme",
        {"tamis.metrics": {"acme.x": "acme_wanted", "acme.y": "acme_unwanted"}},
        acme_wanted=metric_module("acme.x"),
        acme_unwanted="raise RuntimeError('imported')",
    )

    assert Registry().metric("acme.x").key == "acme.x"
    assert "acme_unwanted" not in sys.modules


def test_one_module_may_serve_several_keys(install: Install) -> None:
    """Two entry points may name one module; it is registered once and both keys load."""
    install(
        "acme",
        {"tamis.metrics": {"acme.x": "acme_both", "acme.y": "acme_both"}},
        acme_both=metric_module("acme.x", "acme.y"),
    )
    registry = Registry()

    assert [registry.metric(key).key for key in ("acme.x", "acme.y")] == ["acme.x", "acme.y"]


def test_one_module_may_serve_several_kinds(install: Install) -> None:
    """A module may declare a view and the metric that uses it."""
    source = metric_module("acme.x") + (
        "from tamis import View\n@hookimpl\ndef tamis_views():\n    yield View('acme_view', lambda gray: gray)\n"
    )
    install(
        "acme",
        {"tamis.metrics": {"acme.x": "acme_kinds"}, "tamis.views": {"acme_view": "acme_kinds"}},
        acme_kinds=source,
    )
    registry = Registry()

    assert registry.metric("acme.x").needs == ("header",)
    assert registry.view("acme_view").needs == ("gray",)


BROKEN = {
    "import": ("1 / 0", "ZeroDivisionError: division by zero"),
    "exit": ("raise SystemExit(3)", "SystemExit: 3"),
    "nothing": (
        "",
        "entry points in 'tamis.metrics' name 'acme.x', and it declares nothing: no function marked @tamis.hookimpl",
    ),
    "another key": (metric_module("acme.z"), "name 'acme.x', and it declares 'acme.z'"),
    "too many keys": (metric_module("acme.x", "acme.z"), "name 'acme.x', and it declares 'acme.x', 'acme.z'"),
    "the same key twice": (metric_module("acme.x", "acme.x"), "yields 'acme.x' twice"),
    "misspelt hook": (
        metric_module("acme.x").replace("tamis_metrics", "tamis_metric"),
        "Did you mean 'tamis_metrics'?",
    ),
    "hook with an argument": (
        metric_module("acme.x").replace("tamis_metrics()", "tamis_metrics(app)"),
        "Plugin 'acme_broken' for hook",
    ),
    "a hook of tomorrow that may be missing": (
        metric_module("acme.y") + "@hookimpl(optionalhook=True)\ndef tamis_tomorrow():\n    yield 1\n",
        "name 'acme.x', and it declares 'acme.y'",
    ),
    "many lines": ("raise ValueError('one\\n  two')", "ValueError: one two"),
    "an error that can't be told": ("class E(Exception): __str__ = None\nraise E", "is broken: E"),
    "no declaration": (metric_module("acme.x").replace("Metric('acme.x', measure)", "'acme.x'"), "not a Metric"),
    "returned, not yielded": (metric_module("acme.x").replace("yield", "return"), "must yield it"),
    "hook raises": (metric_module("acme.x").replace("    yield", "    1 / 0\n    yield"), "ZeroDivisionError"),
    "star arguments": (metric_module("acme.x").replace("(header)", "(*views)"), "can't be passed by name"),
}


@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_costs_its_own_key_only(install: Install, source: str, reason: str) -> None:
    """It raises when its key is asked for, every time, names its distribution, and other keys work."""
    install(
        "acme-tools",
        {"tamis.metrics": {"acme.x": "acme_broken", "acme.fine": "acme_fine"}},
        version="2.5",
        acme_broken=source,
        acme_fine=metric_module("acme.fine"),
    )
    registry = Registry()

    for _ in range(2):
        with pytest.raises(errors.BrokenPluginError, match=r"'acme\.x' of acme-tools 2\.5 \[acme_broken\]") as caught:
            registry.metric("acme.x")
        assert reason in str(caught.value)
    assert registry.metric("acme.fine").key == "acme.fine"
    assert registry.metric("lightly.width").key == "lightly.width"
    assert states(registry)["acme.x"] == "broken"


def test_interrupts_pass_through_a_loading_plugin(install: Install) -> None:
    """Ctrl-C during a slow import stops the host, and is not taken for a broken plugin."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_slow"}}, acme_slow="raise KeyboardInterrupt")
    registry = Registry()

    with pytest.raises(KeyboardInterrupt):
        registry.metric("acme.x")
    assert states(registry)["acme.x"] == "found"


def test_a_conflict_names_both_distributions(install: Install) -> None:
    """Two distributions with one key: neither wins, and the error names both."""
    for name in ("acme", "apex"):
        install(name, {"tamis.metrics": {"shared.x": f"{name}_x"}}, **{f"{name}_x": metric_module("shared.x")})
    registry = Registry()

    with pytest.raises(errors.PluginConflictError, match=r"acme 1\.0 \[acme_x\] and apex 1\.0 \[apex_x\]"):
        registry.metric("shared.x")
    assert states(registry)["shared.x"] == "conflicting"
    assert not {"acme_x", "apex_x"} & set(sys.modules)


def test_block_decides_a_conflict(install: Install) -> None:
    """With one of two distributions blocked, the other has the key."""
    for name in ("acme", "apex"):
        install(name, {"tamis.metrics": {"shared.x": f"{name}_y"}}, **{f"{name}_y": metric_module("shared.x")})
    registry = Registry(block=["acme"])

    registry.metric("shared.x")

    assert registry.provider("metric", "shared.x").distribution == "apex"


def test_a_built_in_key_claimed_by_another_is_a_conflict(install: Install) -> None:
    """Nobody silently replaces a built-in, and the built-in doesn't silently win."""
    install("acme", {"tamis.metrics": {"lightly.snr": "acme_snr"}}, acme_snr=metric_module("lightly.snr"))

    with pytest.raises(errors.PluginConflictError, match=r"acme 1\.0 .* and tamis "):
        Registry().metric("lightly.snr")
    assert Registry(block=["acme"]).metric("lightly.snr").key == "lightly.snr"


def test_a_distribution_found_twice_is_no_conflict(install: Install, tmp_path: object) -> None:
    """Some Pythons have a folder on ``sys.path`` twice."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_twice"}}, acme_twice=metric_module("acme.x"))
    sys.path.append(sys.path[0])
    try:
        assert Registry().metric("acme.x").key == "acme.x"
    finally:
        sys.path.pop()


def test_reserved_keys_are_refused_to_third_parties(install: Install) -> None:
    """A new key under ``lightly.`` is broken, and its module is not imported."""
    install("acme", {"tamis.metrics": {"lightly.new": "acme_new"}}, acme_new=metric_module("lightly.new"))
    registry = Registry()

    assert states(registry)["lightly.new"] == "broken"
    with pytest.raises(errors.BrokenPluginError, match=r"'lightly\.\*' keys are tamis's own"):
        registry.metric("lightly.new")
    assert "acme_new" not in sys.modules


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("lightly.sharpnes", "Did you mean 'lightly.sharpness'?"),
        ("LIGHTLY.SNR", "Did you mean 'lightly.snr'"),
        ("zzz", "there are 41, such as exif.altitude, exif.camera, exif.exposureTime"),
    ],
)
def test_an_unknown_key_suggests_the_nearest(key: str, message: str) -> None:
    """The error says that nobody has the key, and what comes closest."""
    with pytest.raises(errors.UnknownKeyError) as caught:
        Registry(environ=False).metric(key)

    assert f"no installed plugin has the metric '{key}'" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("block", [["acme.x"], ["acme-tools"], ["ACME_Tools"], ["*"]])
def test_blocked_plugins_are_never_imported(install: Install, block: list[str]) -> None:
    """By key, by distribution in any spelling, or all third parties: blocked before import, and said so."""
    install("acme-tools", {"tamis.metrics": {"acme.x": "acme_blocked"}}, acme_blocked="raise RuntimeError")
    registry = Registry(block=block)

    with pytest.raises(errors.BlockedPluginError, match=r"'acme\.x' is blocked \(acme-tools 1\.0 .*block= names"):
        registry.metric("acme.x")
    assert "acme_blocked" not in sys.modules
    assert states(registry)["acme.x"] == "blocked"
    assert "acme.x" not in registry.keys("metric")
    assert registry.metric("lightly.snr").key == "lightly.snr"


def test_the_environment_blocks_unless_told_otherwise(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """``TAMIS_BLOCK_PLUGINS`` is read at construction, and not at all with ``environ=False``."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_env"}}, acme_env=metric_module("acme.x"))
    monkeypatch.setenv("TAMIS_BLOCK_PLUGINS", "nothing, acme ,")

    assert states(Registry())["acme.x"] == "blocked"
    assert states(Registry(environ=False))["acme.x"] == "found"


def test_allow_excludes_everything_else(install: Install) -> None:
    """Only what is named is loaded; the built-ins too must be named."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_allowed"}}, acme_allowed=metric_module("acme.x"))

    assert set(Registry(allow=["acme"]).keys("metric")) == {"acme.x"}
    assert "acme.x" not in Registry(allow=["tamis"]).keys("metric")
    assert set(Registry(allow=["acme", "lightly.snr"]).keys("metric")) == {"acme.x", "lightly.snr"}
    with pytest.raises(errors.BlockedPluginError, match="is in allow="):
        Registry(allow=["acme"]).metric("lightly.snr")


@pytest.mark.parametrize("argument", ["allow", "block"])
def test_a_string_is_not_a_collection_of_names(argument: str) -> None:
    """``block="acme"`` would otherwise block the plugins named a, c, m and e."""
    with pytest.raises(TypeError, match="not the string 'acme'"):
        Registry(**{argument: "acme"})  # type: ignore[arg-type]


def test_strict_raises_at_once(install: Install) -> None:
    """With ``strict`` a broken plugin fails the construction; blocking it mends that."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_strict"}}, acme_strict="1 / 0")

    with pytest.raises(errors.BrokenPluginError, match=r"acme\.x"):
        Registry(strict=True)
    assert "acme.x" not in Registry(strict=True, block=["acme"]).keys("metric")


def test_every_built_in_loads() -> None:
    """Nothing that comes with tamis is broken or in conflict."""
    registry = Registry(strict=True, allow=["tamis"], environ=False)

    assert {status.state for status in registry.plugins() if status.plugin.distribution == "tamis"} == {"loaded"}


def test_missing_package_metadata_is_named_as_the_cause(tmp_path: Path) -> None:
    """As in a frozen application that brings the modules along and not what pip wrote."""
    import attr
    import attrs
    import pluggy

    import tamis_plugins

    for package in (tamis, tamis_plugins, pluggy, attr, attrs):
        folder = Path(str(package.__file__)).parent
        (tmp_path / folder.name).symlink_to(folder, target_is_directory=True)
    code = (
        "import tamis\n"
        "try: tamis.Registry().metric('lightly.width')\n"
        "except tamis.errors.UnknownKeyError as error: print(error)"
    )
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.stdout == (
        "no installed plugin has the metric 'lightly.width': no entry point of tamis itself is found, so its package "
        "metadata is missing here\n"
    )


def test_without_autoload_there_is_only_what_was_registered() -> None:
    """A sealed registry reads no entry point."""
    registry = Registry(autoload=False)
    registry.register(Metric("host.x", lambda header: header.width))

    assert [status.plugin.key for status in registry.plugins()] == ["host.x"]
    assert registry.metric("host.x").key == "host.x"
    assert registry.provider("metric", "host.x").distribution == "(in process)"


def test_a_module_can_be_registered_in_process() -> None:
    """All its hooks are taken; the built-in modules go the same way into a sealed registry."""
    from tamis_plugins.metrics import width

    def measure(header: Header) -> int:
        return 1

    module = types.ModuleType("host_plugins")
    vars(module)["tamis_metrics"] = hookimpl(lambda: [Metric("host.x", measure), Metric("host.y", measure)])
    vars(module)["tamis_views"] = hookimpl(lambda: [View("host_view", lambda gray: gray)])
    registry = Registry(autoload=False)
    registry.register(module)
    registry.register(width)

    assert registry.keys("metric") == ("host.x", "host.y", "lightly.width")
    assert registry.keys("view") == ("host_view",)


def test_registries_are_independent() -> None:
    """What one host registers, another doesn't see."""
    one, other = Registry(autoload=False), Registry(autoload=False)
    one.register(Metric("host.x", lambda header: 1))

    assert one.keys("metric") == ("host.x",)
    assert other.keys("metric") == ()


def test_a_key_is_registered_once() -> None:
    """A second registration of a key is refused, and changes nothing."""
    registry = Registry(autoload=False)
    first = Metric("host.x", lambda header: 1)
    registry.register(first)

    with pytest.raises(errors.PluginConflictError, match=r"'host\.x' has been registered before"):
        registry.register(Metric("host.x", lambda header: 2))
    assert registry.metric("host.x") is first


def test_registering_an_installed_key_is_a_conflict_when_used(install: Install) -> None:
    """A user who installs a plugin doesn't break a host that registers the same key, until the key is used."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_rival"}}, acme_rival=metric_module("acme.x"))
    registry = Registry()
    registry.register(Metric("acme.x", lambda header: 1))

    with pytest.raises(errors.PluginConflictError, match=r"acme 1\.0 \[acme_rival\] and \(in process\)"):
        registry.metric("acme.x")


def test_registering_the_module_of_an_installed_plugin_is_no_conflict() -> None:
    """It's the same plugin."""
    from tamis_plugins.metrics import height

    registry = Registry(environ=False)
    registry.register(height)

    assert registry.metric("lightly.height").key == "lightly.height"
    assert registry.provider("metric", "lightly.height").distribution == "tamis"


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        (types.ModuleType("empty"), "empty can't be registered: TypeError: it declares nothing"),
        (Metric("lightly.mine", lambda header: 1), "'lightly.*' keys are tamis's own"),
        (types.SimpleNamespace(tamis_metrics=hookimpl(lambda: 5)), "can't be registered"),
    ],
)
def test_a_registration_that_fails_leaves_nothing(plugin: object, reason: str) -> None:
    """The error says why, and the registry is as before."""
    registry = Registry(autoload=False)

    with pytest.raises(errors.BrokenPluginError) as caught:
        registry.register(plugin)
    assert reason in str(caught.value)
    assert registry.plugins() == ()


def test_a_registry_is_not_pickled() -> None:
    """A worker makes its own; a copy would have half of it."""
    with pytest.raises(TypeError, match="a worker makes its own"):
        pickle.dumps(Registry(autoload=False))


def test_threads_load_a_plugin_once(install: Install) -> None:
    """Eight threads asking at once get one and the same declaration."""
    source = "import time\ntime.sleep(0.05)\n" + metric_module("acme.x")
    install("acme", {"tamis.metrics": {"acme.x": "acme_threads"}}, acme_threads=source)
    registry = Registry()
    found: list[Metric] = []
    threads = [threading.Thread(target=lambda: found.append(registry.metric("acme.x"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(map(id, found))) == 1


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("no-metadata", {"entry_points.txt": b"[tamis.metrics]\nghost.x = ghost\n"}),
        ("no-name", {"METADATA": b"Version: 1\n", "entry_points.txt": b"[tamis.metrics]\nghost.x = ghost\n"}),
        ("bad-line", {"METADATA": b"Name: ghost\nVersion: 1\n", "entry_points.txt": b"[tamis.metrics]\nnonsense\n"}),
        ("no-text", {"METADATA": b"Name: ghost\nVersion: 1\n", "entry_points.txt": b"[tamis.metrics]\n\xff = x\n"}),
    ],
)
def test_a_half_uninstalled_distribution_takes_nothing_down(
    install: Install, tmp_path: Path, name: str, files: dict[str, bytes]
) -> None:
    """Whatever is left of it, all other plugins are found and work."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_beside"}}, acme_beside=metric_module("acme.x"))
    info = tmp_path / "site-packages" / "ghost-1.0.dist-info"
    info.mkdir()
    for file, content in files.items():
        (info / file).write_bytes(content)
    registry = Registry()

    assert registry.metric("acme.x").key == "acme.x"
    assert registry.metric("lightly.width").key == "lightly.width"
    assert registry.plugins()


def test_registering_an_installed_module_is_the_hosts_own_act() -> None:
    """What ``allow`` and ``block`` keep out, the host may still put in."""
    from tamis_plugins.metrics import snr

    for registry in (Registry(allow=[], environ=False), Registry(block=["tamis"], environ=False)):
        registry.register(snr)
        assert registry.metric("lightly.snr").key == "lightly.snr"
        assert registry.keys("metric") == ("lightly.snr",)


def test_an_entry_point_may_name_a_declaration(install: Install) -> None:
    """``module:NAME`` without a hook, as `register` takes it."""
    source = "from tamis import Metric\nX = Metric('acme.x', lambda header: 1)\n"
    install("acme", {"tamis.metrics": {"acme.x": "acme_bare:X"}}, acme_bare=source)

    assert Registry().metric("acme.x").key == "acme.x"


@pytest.mark.parametrize("key", ["sample", "rank", "nodot", ".x", "x. y"])
def test_metric_keys_have_a_vendor(key: str) -> None:
    """``<vendor>.<name>``: no plugin takes the name of a table's own column."""
    with pytest.raises(ValueError, match="key"):
        Metric(key, lambda header: 1)
