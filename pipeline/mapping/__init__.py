"""Bringing a force on: its TOML proposed from one of its exports, with the evidence for every line.

`propose.py` is the method; evidence.py weighs a column against a field, shapes.py finds what is not one column for one
field, codings.py proposes value maps, writing.py and memory.py make and keep the file, ask.py asks a person.
"""
