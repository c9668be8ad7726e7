"""What ``tamis plugins new`` writes: a plugin of each kind that works, and a test of what it computes.

They are modules, so that they are checked like all others. The names in them that the command replaces are
``template.key``, ``template_key`` and ``TEMPLATE_KEY``, which stand for the key, and the import of the plugin in its
test.
"""
