"""State machines: what must hold of a registry and of a store in whatever order things happen to them.

They need Hypothesis, which nothing else in the kit does: ``pip install hypothesis``. A machine is a test once it is in
a test module, and its class attributes name the plugins of yours that take part::

    from tamis.testing.stateful import RegistryMachine, StoreMachine

    class Installed(RegistryMachine):
        installed = ("acme-tools",)  # whoever else claims its keys, blocks or allows them

    class Stored(StoreMachine):
        keys = ("acme.colorful",)  # from a store as measured anew

    TestInstalled = Installed.TestCase
    TestStored = Stored.TestCase

They work on real files, real entry points and a real store, in temporary folders. Hypothesis's ``settings`` say how
many runs there are, and how long each is; where one fails, it prints the shortest that does, as code.
"""

from __future__ import annotations

from tamis.testing.registry_machine import RegistryMachine
from tamis.testing.store_machine import StoreMachine

__all__ = ["RegistryMachine", "StoreMachine"]
