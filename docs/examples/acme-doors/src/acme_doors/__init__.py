"""An example of a third-party plugin for tamis: a source, an annotation format, an export, a section, an executor."""
