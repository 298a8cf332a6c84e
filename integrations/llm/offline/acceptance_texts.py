"""The texts of acceptance tests. Each makes what it needs over HTTP and asserts exactly."""

from __future__ import annotations

from string import Template
from typing import Final

IMPORTS: Final = ["from itertools import count", "from typing import Any"]

HELPERS: Final = '''
_numbers = count(1)
_BODIES: dict[str, tuple[dict[str, Any], dict[str, str], list[str]]] = {{
{bodies}
}}


def valid_body(client: Any, plural: str, address: str) -> dict[str, Any]:
    """A body that the service accepts; what must exist before it is made over HTTP too."""
    values, parents, unique = _BODIES[plural]
    number = next(_numbers)
    body = dict(values)
    for name in unique:
        body[name] = f"u{{number}}{{values[name]}}" if isinstance(values[name], str) else values[name] + number
    for name, parent in parents.items():
        body[name] = made(client, parent, address.rsplit("/", 1)[0] + "/" + parent)["id"]
    return body


def made(client: Any, plural: str, address: str) -> dict[str, Any]:
    """A record, created over HTTP."""
    answer = client.post(address, json=valid_body(client, plural, address))
    assert answer.status_code == 201, answer.text
    record: dict[str, Any] = answer.json()
    return record
'''

_TESTS: Final = {
    "health": """
def NAME($client: Any) -> None:
    assert $client.get("/health").status_code == 200
""",
    "created": """
def NAME($client: Any) -> None:
    body = valid_body($client, "$plural", "$address")
    answer = $client.post("$address", json=body)
    assert answer.status_code == 201, answer.text
    created = answer.json()
    assert {name: created[name] for name in body} == body
    assert $client.get(f"$address/{created['id']}").json() == created
""",
    "listed": """
def NAME($client: Any) -> None:
    ids = [made($client, "$plural", "$address")["id"] for _ in range(3)]
    page = $client.get("$address", params={"limit": 2, "offset": 1}).json()
    assert page["total"] == 3
    assert [item["id"] for item in page["items"]] == ids[1:]
""",
    "changed": """
def NAME($client: Any) -> None:
    record = made($client, "$plural", "$address")
    answer = $client.patch(f"$address/{record['id']}", json={"$field": $value})
    assert answer.status_code == 200, answer.text
    assert $client.get(f"$address/{record['id']}").json()["$field"] == $value
""",
    "deleted": """
def NAME($client: Any) -> None:
    record = made($client, "$plural", "$address")
    assert $client.delete(f"$address/{record['id']}").status_code == 204
    assert $client.get(f"$address/{record['id']}").status_code == 404
""",
    "unknown": """
def NAME($client: Any) -> None:
    assert $client.get("$address/999999").status_code == 404
""",
    "refused": """
def NAME($client: Any) -> None:
    assert $client.post("$address", json={"no_such_field": 1}).status_code == $refused
    assert $client.get("$address").json()["total"] == 0
""",
    "unique": """
def NAME($client: Any) -> None:
    record = made($client, "$plural", "$address")
    again = {**valid_body($client, "$plural", "$address"), "$unique": record["$unique"]}
    assert $client.post("$address", json=again).status_code == $taken
    assert $client.get("$address").json()["total"] == 1
""",
}


def function_text(check: str, **values: str) -> str:
    """The function of a check; ``NAME`` stands for its name."""
    return Template(_TESTS[check]).substitute(values).strip() + "\n"
