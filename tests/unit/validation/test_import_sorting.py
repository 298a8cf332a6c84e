from __future__ import annotations

from execution.validation.import_sorting import sorted_imports


def test_a_statement_at_the_end_finds_its_place_and_the_end_is_kept() -> None:
    text = "from __future__ import annotations\n\nfrom app.models.base import Base\nfrom datetime import date\n\n\n"
    assert sorted_imports(text, first_party={"app"}) == (
        "from __future__ import annotations\n\nfrom datetime import date\n\nfrom app.models.base import Base\n\n\n"
    )


def test_imports_from_one_module_become_one() -> None:
    text = "from app.a import one\nfrom app.a import two\n"
    assert sorted_imports(text, first_party={"app"}) == "from app.a import one, two\n"


def test_own_modules_come_after_installed_ones() -> None:
    text = "from app.a import one\nimport fastapi\n"
    assert sorted_imports(text, first_party={"app"}) == "import fastapi\n\nfrom app.a import one\n"


def test_what_does_not_parse_comes_back_as_it_is() -> None:
    assert sorted_imports("from app import (\n", first_party={"app"}) == "from app import (\n"
