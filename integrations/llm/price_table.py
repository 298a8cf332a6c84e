"""The dated table of prices: read from a file, checked whole, so that no hole in it is found by paying for it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from common.errors import InvalidInput

OWN_FILE: Final = Path(__file__).with_name("prices.toml")
MOST_DOLLARS: Final = 10_000
Dollars = Annotated[Decimal, Field(ge=0, le=MOST_DOLLARS, allow_inf_nan=False)]


class PriceTableInvalid(InvalidInput):
    """The file of prices cannot be used; the detail names every place that is wrong."""

    code = "price_table_invalid"
    title = "The price table is not valid"


class Rate(BaseModel):
    """US dollars per million tokens, for prompts of at most ``up_to_prompt`` tokens (``None``: of any length)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    up_to_prompt: int | None = Field(default=None, ge=1)
    input: Dollars
    output: Dollars
    cache_write_5m: Dollars
    cache_write_1h: Dollars
    cache_read: Dollars


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: date
    source: str = ""
    models: dict[Annotated[str, Field(min_length=1, max_length=100)], tuple[Rate, ...]]

    @field_validator("models")
    @classmethod
    def _bands_follow_each_other(cls, models: dict[str, tuple[Rate, ...]]) -> dict[str, tuple[Rate, ...]]:
        problems = [f"{model}: {problem}" for model, bands in models.items() if (problem := _hole_in(bands))]
        if problems:
            raise ValueError("; ".join(problems))
        return models


@dataclass(frozen=True)
class PriceTable:
    """Prices by model. ``highest`` holds the dearest rate of each kind: what an unknown model is counted at."""

    as_of: date
    models: dict[str, tuple[Rate, ...]]
    highest: Rate

    def bands(self, model: str) -> tuple[Rate, ...] | None:
        """Exact name, or the name with a date behind it (``claude-haiku-4-5-20251001``)."""
        if model in self.models:
            return self.models[model]
        name, _, day = model.rpartition("-")
        return self.models.get(name) if len(day) == 8 and day.isdigit() else None


@cache
def price_table(path: Path | None = None) -> PriceTable:
    """The table of the repository, changed by the file at ``path``. Raises `PriceTableInvalid`.

    Read once a process: prices change with a restart, not in the middle of a run.
    """
    own = _read(OWN_FILE)
    file = own if path is None else _read(path)
    models = {**own.models, **file.models}
    return PriceTable(file.as_of, models, _highest(models))


def _highest(models: dict[str, tuple[Rate, ...]]) -> Rate:
    rates = [rate for bands in models.values() for rate in bands]
    kinds = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    return Rate(**{kind: max(getattr(rate, kind) for rate in rates) for kind in kinds})


def _read(path: Path) -> _File:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise _invalid(path, f"it cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _invalid(path, f"it is not TOML ({error})") from None
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        raise _invalid(path, "; ".join(_said(dict(item)) for item in error.errors(include_url=False))) from None


def _said(problem: dict[str, object]) -> str:
    """``models.claude-x, band 1, input: ...``; a problem of several bands names its model itself."""
    location = problem["loc"]
    parts = [part + 1 if isinstance(part, int) else part for part in (location if isinstance(location, tuple) else ())]
    message = str(problem["msg"]).removeprefix("Value error, ")
    if parts == ["models"] and problem["type"] == "value_error":
        return message
    where = ".".join(f"band {part}" if isinstance(part, int) else str(part) for part in parts)
    return f"{where}: {message}"


def _hole_in(bands: tuple[Rate, ...]) -> str:
    """Why some length of a prompt has no price, or two; empty when every length has just one."""
    if not bands:
        return "it has no band"
    *before, last = [band.up_to_prompt for band in bands]
    if last is not None:
        return f"prompts above {last} tokens have no price; the last band must have no up_to_prompt"
    edges = [edge for edge in before if edge is not None]
    if len(edges) != len(before):
        return "only the last band may be without up_to_prompt; the ones after it would never be used"
    for one, two in pairwise(edges):
        if two <= one:
            return f"bands must rise, but up_to_prompt {two} follows {one}"
    return ""


def _invalid(path: Path, what: str) -> PriceTableInvalid:
    return PriceTableInvalid(
        f"The price table {path} is not valid: {what}.",
        hint=f"Take {OWN_FILE.name} in integrations/llm as a pattern, and mend what is named.",
    )
