"""What plugins declare and implement, one file for each kind.

A plugin module implements one hook, and the hook yields instances of these classes. They are frozen, hold plain data
and functions, and take everything beyond their first two fields by keyword, so that they can grow without breaking a
plugin. No module here imports numpy at run time, but for what an objective is: declaring costs nothing.
"""
