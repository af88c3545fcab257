"""Atlassian Document Format, in which version 3 of the interfaces writes texts; plain text is kept."""

from __future__ import annotations

from typing import Any


class NoDocumentError(ValueError):
    """What was sent is no document."""


def to_document(text: str) -> dict[str, Any]:
    """Plain text as a document, a paragraph for each line."""
    lines = [[{"type": "text", "text": line}] if line else [] for line in text.split("\n")]
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": line} for line in lines],
    }


def to_text(document: Any) -> str:
    """The text of a document, a line for each block. Raises ``NoDocumentError``."""
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        raise NoDocumentError
    blocks = document.get("content")
    if not isinstance(blocks, list):
        raise NoDocumentError
    return "\n".join(_inside(block) for block in blocks)


def _inside(node: Any) -> str:
    if not isinstance(node, dict):
        raise NoDocumentError
    if node.get("type") == "hardBreak":
        return "\n"
    return str(node.get("text", "")) + "".join(_inside(child) for child in node.get("content", []))
