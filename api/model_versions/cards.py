"""Cards taken apart, so that the page shows them without trusting any HTML in them."""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from api.model_versions.schemas import CardNode

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_BREAKS = frozenset({"softbreak", "hardbreak"})


def parse_card(markdown: str) -> list[CardNode]:
    """Return the parts of a card: CommonMark with tables; HTML in it is text like any other."""
    return list(_nodes(SyntaxTreeNode(_PARSER.parse(markdown)).children))


def _nodes(parts: list[SyntaxTreeNode]) -> Iterator[CardNode]:
    for part in parts:
        if part.type == "inline":
            yield from _nodes(part.children)
        elif part.type in _BREAKS:
            yield CardNode(tag=None, text=" ")
        elif part.type in ("text", "image"):
            yield CardNode(tag=None, text=part.content)
        elif part.type in ("fence", "code_block", "code_inline"):
            yield CardNode(tag=part.tag, text=part.content)
        else:
            yield CardNode(
                tag=part.tag,
                href=str(part.attrs["href"]) if "href" in part.attrs else None,
                children=list(_nodes(part.children)),
            )
