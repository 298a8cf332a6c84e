from __future__ import annotations

from collections import Counter

from django.urls import URLPattern, URLResolver, get_resolver


def names_of(resolver: URLResolver, space: str = "") -> list[str]:
    """Names of all addresses, with their namespace; the admin's own are its business."""
    found: list[str] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver) and entry.namespace != "admin":
            found += names_of(entry, f"{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern) and entry.name:
            found.append(f"{space}{entry.name}")
    return found


def test_no_two_addresses_share_a_name_but_those_that_execution_extends() -> None:
    twice = [name for name, count in Counter(names_of(get_resolver())).items() if count > 1]
    assert sorted(twice) == ["masterplan-approve", "masterplan-progress", "masterplan-version-restore"]
