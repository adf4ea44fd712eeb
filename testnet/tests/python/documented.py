"""The Python that stands in a Markdown document."""

import re


def blocks(path):
    """Every fenced block of Python, in order."""
    with open(path, encoding="utf-8") as file:
        return re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
