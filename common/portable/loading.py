"""Import: a document of untrusted bytes becomes the rows of a plan, all or none. It starts nothing."""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import dataclass, field
from typing import IO, Any, Literal, TypeVar

from django.contrib.auth import get_user_model
from django.db import Error, connection, transaction
from django.utils.text import slugify
from pydantic import BaseModel, ConfigDict, ValidationError

from common.configuration import configuration
from common.errors import NotFound
from common.locks import lock_in_transaction
from common.portable.columns import columns_of
from common.portable.errors import AlreadyThere, UnderWay, refusal
from common.portable.people import People
from common.portable.reading import JsonReader
from common.portable.references import References
from common.portable.rows import SectionRows, database_refusal
from common.portable.sections import Scope, Section, section_named, sections
from common.portable.writing import FORMAT, require_at_rest, seal_of

logger = logging.getLogger(__name__)

Part = TypeVar("Part", bound="_Part")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Scope(_Part):
    workspace: uuid.UUID
    conversation: uuid.UUID
    discovery: uuid.UUID
    plan: uuid.UUID


class Head(_Part):
    format: Literal["devmatrix.plan"]
    format_version: Literal[1]
    devmatrix: str
    owner: str
    scope: _Scope


class _SealShown(_Part):
    rows: int
    sha256: str


@dataclass(frozen=True)
class Imported:
    plan: uuid.UUID
    rows: dict[str, int]
    """How many of each section."""
    people_made: list[str]


@dataclass
class Import:
    """One import under way."""

    reader: JsonReader
    owner: str
    workspace: str
    head: Head | None = None
    loaded: dict[str, SectionRows] = field(default_factory=dict)
    references: References = field(default_factory=References)
    people: People = field(default_factory=lambda: People(instead={}))

    def run(self) -> Imported:
        parts: dict[str, Any] = {}
        for key in self.reader.members():
            if key in parts:
                raise refusal(f"{key!r} is there twice.")
            if key == "sections":
                self._begin({name: value for name, value in parts.items() if name != "seal"})
                self._sections()
                parts[key] = None
            else:
                parts[key] = self.reader.value()[1]
        self.reader.end()
        if self.head is None:
            raise refusal("The document has no sections.")
        if unknown := sorted(parts.keys() - {*Head.model_fields, "sections", "seal"}):
            raise refusal(f"Unknown: {', '.join(unknown)[:200]}.")
        self._require_whole(parts.get("seal"))
        self._require_true()
        return Imported(self.scope.plan, {name: rows.read.rows for name, rows in self.loaded.items()}, self.people.made)

    @property
    def scope(self) -> Scope:
        if self.head is None:
            raise refusal("The document has no sections.")
        return Scope(**dict(self.head.scope))

    def _begin(self, parts: dict[str, Any]) -> None:
        """What the document says of itself comes before its rows."""
        self.head = _parsed(Head, parts, hint=f"It must be an export of a plan (format {FORMAT!r}).")
        lock_in_transaction(f"import of {self.head.scope.plan}")
        plan = section_named("plan")
        if plan is not None and plan.model._base_manager.filter(pk=self.head.scope.plan).exists():
            raise AlreadyThere(
                f"The plan {self.head.scope.plan} is there already.",
                hint="Import it into another installation.",
                plan=str(self.head.scope.plan),
            )
        self.people = People(instead={self.head.owner: self.owner} if self.owner else {})

    def _sections(self) -> None:
        for name in self.reader.members():
            section = section_named(name)
            if section is None:
                raise refusal(f"There is no section {name[:60]!r}.")
            if name in self.loaded:
                raise refusal("The section is there twice.", section=name)
            self._load(section)
        missing = [section.name for section in sections() if section.name not in self.loaded]
        if missing:
            raise refusal(f"Sections are missing: {', '.join(missing)}.")
        self.references.require_complete()

    def _load(self, section: Section) -> None:
        folder = str(configuration().workspaces_dir / str(self.scope.plan))
        rows = SectionRows(section, scope=self.scope, people=self.people, references=self.references, folder=folder)
        self.loaded[section.name] = rows
        for text, row in self.reader.items():
            rows.add(text, row, change=self._changed)
        rows.flush()

    def _changed(self, section: Section, row: dict[str, Any]) -> dict[str, Any]:
        """The row with what was asked for: another owner, another name of the workspace."""
        changed = row
        if self.owner:
            people = [name for name in _columns_of_people(section) if isinstance(row.get(name), str) and row[name]]
            changed = {**changed, **{name: self.people.named(row[name]) for name in people}}
        if self.workspace and section.name == "workspace":
            changed = {**changed, "name": self.workspace, "slug": slugify(self.workspace)[:110] or "workspace"}
        return row if changed == row else changed

    def _require_whole(self, seal: Any) -> None:
        """Every row that was exported arrived as it was."""
        if not isinstance(seal, dict):
            raise refusal("The document has no seal: it is cut off, or was not made by an export.")
        for name, rows in self.loaded.items():
            said = _parsed(_SealShown, seal.get(name), hint="Export the plan again.")
            if said.rows != rows.read.rows:
                raise refusal(f"{rows.read.rows} rows are there, {said.rows} were exported.", section=name)
            if said.model_dump() != rows.read.shown():
                raise refusal("It was changed after the export.", section=name)

    def _require_true(self) -> None:
        """The database holds it to its rules, and would be exported as it was read."""
        try:
            connection.check_constraints()
        except Error as error:
            raise database_refusal(error) from None
        for section in sections():
            if wrong := section.holds(self.scope):
                raise refusal(wrong, section=section.name)
            if seal_of(section, self.scope).shown() != self.loaded[section.name].wanted.shown():
                raise refusal("These rows would not be exported again as they were read.", section=section.name)
        try:
            require_at_rest(self.scope)
        except UnderWay as error:
            raise refusal("Rows say that they are being worked on.", section=error.context["section"]) from None


def import_document(source: IO[bytes], *, owner: str = "", workspace: str = "") -> Imported:
    """The plan of an exported document, with everything in it.

    ``owner`` takes the place of the owner in the document, ``workspace`` of the name of its workspace. One transaction.
    Raises ``BadDocument``, which names section, row and field, ``AlreadyThere``, and ``NotFound`` for an ``owner``
    who is not here.
    """
    if owner and not get_user_model()._default_manager.filter(username=owner).exists():
        raise NotFound(f"There is no user {owner!r}.", hint="Name one who is here.")
    reader = JsonReader(source, most_bytes=configuration().plan_import_max_bytes)
    with transaction.atomic():
        done = Import(reader, owner=owner, workspace=workspace).run()
    logger.info("Plan %s was imported: %s rows.", done.plan, sum(done.rows.values()))
    return done


def _columns_of_people(section: Section) -> list[str]:
    return [column.name for column in columns_of(section) if column.is_person or column.key_of_person]


def _parsed(shape: type[Part], value: Any, *, hint: str) -> Part:
    try:
        return shape.model_validate_json(json.dumps(value))
    except RecursionError:
        raise refusal("The document is nested too deeply.") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise refusal(first["msg"], field=".".join(map(str, first["loc"])), hint=hint) from None
