"""Files of shell-like assignments: the person's ``.env`` and the stack's own keys."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from local_stack.failure import StackFailed


def read_dotenv(path: Path, *, interpolate: bool = True) -> dict[str, str]:
    """The variables that the file sets; none when there is no such file.

    Args:
        path: The file.
        interpolate: Whether ``${NAME}`` stands for another variable.

    Raises:
        StackFailed: There is something else of that name, or it is not text.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        text = "\0"
    except OSError as exc:
        raise StackFailed(f"{path} cannot be read ({exc.strerror}): make it a file that you may read.") from None
    if "\0" in text:  # No environment can hold it; UTF-16 is full of it.
        raise StackFailed(f"{path} is not text in UTF-8: save it in that encoding.")
    values = dotenv_values(stream=StringIO(text), interpolate=interpolate)
    return {name: value for name, value in values.items() if value is not None}
