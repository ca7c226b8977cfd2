"""What a page is about, as data for machines (JSON-LD, schema.org)."""

import json
from typing import Any

# Nothing in a JSON string may end the element that holds it, or open another.
ESCAPES = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&\u2028\u2029"}


def describe(thing: Any) -> dict[str, Any]:
    """The description that the model of a published thing gives of it."""
    return {"@context": "https://schema.org", **thing.schema_org()}


def embedded(data: dict[str, Any]) -> str:
    """JSON that is safe inside ``<script type="application/ld+json">``."""
    return json.dumps(data, ensure_ascii=False).translate(ESCAPES)
