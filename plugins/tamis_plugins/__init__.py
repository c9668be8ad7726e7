"""The plugins that come with tamis, each behind an entry point of its own, on the same footing as any other."""
