"""Other libraries that cut code, where they are installed: to be measured on the same files in the same run."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

import tree_sitter_python

Splitter = Callable[[str], list[str]]
CHARACTERS = 380
"""About ten lines of ordinary Python."""


def _semantic_text_splitter() -> Splitter:
    module = importlib.import_module("semantic_text_splitter")
    splitter = module.CodeSplitter(tree_sitter_python.language(), CHARACTERS, trim=False)
    return lambda text: list(splitter.chunks(text))


def _astchunk() -> Splitter:
    builder = importlib.import_module("astchunk").ASTChunkBuilder(
        max_chunk_size=CHARACTERS, language="python", metadata_template="none"
    )
    return lambda text: [chunk["content"] for chunk in builder.chunkify(text)]


LEFT_OUT = {"chonkie": "fetches its grammars over the network when it is first used"}
SPLITTERS: Mapping[str, Callable[[], Splitter]] = {
    "semantic-text-splitter": _semantic_text_splitter,
    "astchunk": _astchunk,
}


def installed(name: str) -> Splitter | None:
    """The splitter of that name; None where the library is not installed."""
    try:
        return SPLITTERS[name]()
    except ImportError:
        return None
