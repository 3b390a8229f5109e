"""The force's own file back, with the cells to mend marked in it and nothing else changed.

A workbook or delimited text is given back as it was sent, with columns added at its right; what cannot be
written as it was sent (XLS, ODS, web pages, archives) is given back as a new workbook of the rows as they were read.
Mended and sent again, it is known by these columns.
"""

from pipeline.returned.give_back import GivenBack, give_back

__all__ = ["GivenBack", "give_back"]
