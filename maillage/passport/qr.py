"""The code of a pass as a drawing, for a page or for paper."""

import segno

#: Level M stands a scratch or a thumb; the longest code is then of version 9.
LEVEL = "m"
LARGEST_VERSION = 10


def code_of(text: str) -> segno.QRCode:
    return segno.make_qr(text, error=LEVEL, boost_error=False)


def address(text: str) -> str:
    """A drawing to put in the ``src`` of an image, with its quiet zone."""
    uri = code_of(text).svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True)
    return str(uri)


def drawing(text: str) -> str:
    """The same as text, for paper."""
    return str(code_of(text).svg_inline(border=2, dark="#000", light="#fff"))
