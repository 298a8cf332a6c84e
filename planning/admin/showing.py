"""How structured columns are shown."""

from __future__ import annotations

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString


def as_json(value: Any) -> SafeString | str:
    """Indented JSON, or a dash for what is empty."""
    if not value:
        return "-"
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


def as_list(items: list[Any]) -> SafeString | str:
    """One line an item, or a dash when there is none."""
    return format_html("<pre>{}</pre>", "\n".join(str(item) for item in items)) if items else "-"
