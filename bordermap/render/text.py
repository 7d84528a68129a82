"""Text from outside, made fit to stand in a page."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

__all__ = ["clean_json", "clean_text", "safe_link", "script_json"]

# Bidi embeddings, overrides, isolates and marks; C0 and C1 controls but tab and newline; byte
# order mark and non-characters; lone surrogates, which have no UTF-8. ZWNJ and ZWJ stay: Persian
# and Pashto spelling needs them.
_UNWANTED = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)

_LINK_BREAKERS = re.compile(r"[\s<>\"'`\\]")


def clean_text(value: object) -> str:
    """Text without controls and bidi overrides; missing values become ``""``."""
    if not isinstance(value, str):
        if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124
            return ""
        value = str(value)
    return _UNWANTED.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def safe_link(text: str) -> str:
    """``text`` when it is an absolute http or https address, else ``""``."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or _LINK_BREAKERS.search(text):
        return ""
    return text


def clean_json(value: Any) -> Any:
    """A JSON value with every text in it cleaned; what JSON does not know becomes text."""
    if isinstance(value, Mapping):
        return {clean_text(key): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return clean_text(value)


def script_json(value: Any) -> str:
    """JSON that can stand inside ``<script type="application/json">``.

    No ``<``, ``>``, ``&`` or line separator is left in it, so nothing in it can end the element
    or start another.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
