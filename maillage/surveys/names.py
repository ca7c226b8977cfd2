"""Codes of questions and of choices: what they may be, and one made from a label."""

import re
from collections.abc import Container

from django.utils.text import slugify

CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}", re.ASCII)
CHOICE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}", re.ASCII)
#: The longest part of a code that is made from a label.
SHORT = 40


def good_code(code: str) -> bool:
    return CODE.fullmatch(code) is not None


def good_choice_code(code: str) -> bool:
    return CHOICE.fullmatch(code) is not None


def code_from(label: str, taken: Container[str], *, otherwise: str = "question") -> str:
    """A free code that recalls a label: « Nombre de visiteurs » gives nombre_de_visiteurs."""
    base = slugify(label).replace("-", "_")[:SHORT].strip("_")
    if not base or not base[0].isalpha():
        base = f"{otherwise}_{base}".strip("_")
    code, number = base, 1
    while code in taken:
        number += 1
        code = f"{base}_{number}"
    return code
