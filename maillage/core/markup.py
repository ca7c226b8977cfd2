"""What people write in long texts: a little Markdown, cleaned."""

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "a",
    "blockquote",
    "br",
    "em",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "strong",
    "ul",
}
SCHEMES = {"http", "https", "mailto", "tel"}
PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["image", "html_block", "html_inline", "code", "fence", "backticks"]
)


def render_text(text: str) -> SafeString:
    """Paragraphs, lists, links and emphasis as HTML; anything else stays text.

    Titles start at the third level, under those of the page.
    """
    tokens = [lowered(token) for token in PARSER.parse(text)]
    html = PARSER.renderer.render(tokens, PARSER.options, {})
    clean = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES)
    return SafeString(clean)


def plain_text(text: str) -> str:
    """The words of a long text, a line for each paragraph, without its signs."""
    blocks = [token for token in PARSER.parse(text) if token.type == "inline"]
    lines = ["".join(words_of(token)) for token in blocks]
    return "\n".join(line for line in lines if line.strip())


def words_of(token: Token) -> list[str]:
    return [
        " " if "break" in part.type else part.content for part in token.children or []
    ]


def lowered(token: Token) -> Token:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = "h3" if token.tag in {"h1", "h2"} else "h4"
    return token
