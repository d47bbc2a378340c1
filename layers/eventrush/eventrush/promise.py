"""How long a claim may be on its way to the stream before the promise it allows must be asked for again.

A rebuild of the gate waits this long, after it has closed the gate, before it reads the stream: whoever was given a
seat by then is either in the stream or has not been promised anything.
"""

from typing import Final

SHELF_LIFE_S: Final = 4.0
