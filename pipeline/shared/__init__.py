"""A copy of a force's file that can be shown to others: the same failures on the same rows, and none of its values.

`share.py` begins: `invent.py` makes the cells, `scramble.py` other texts of the same shape, `good.py` rows without a
fault, `write.py` the file.
"""

from pipeline.shared.share import Shared, share_file

__all__ = ["Shared", "share_file"]
