"""Nobody may forget a model: each is exported, or named as left out with its reason."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from common.portable.columns import columns_of, row_shape
from common.portable.sections import left_out, sections

OURS = ("common", "integrations", "planning", "execution", "review")


def test_every_model_is_exported_or_left_out_with_a_reason() -> None:
    ours = {model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)}
    carried = [section.model for section in sections()]
    assert len(set(carried)) == len(carried) > 30
    assert set(carried) & left_out().keys() == set()
    assert {model._meta.label for model in ours} == {model._meta.label for model in [*carried, *left_out()]}
    assert all(len(why) > 10 for why in left_out().values())


def test_no_model_of_others_leads_to_a_plan() -> None:
    carried = {section.model for section in sections()}
    strangers = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in OURS and any(field.related_model in carried for field in model._meta.fields)
    }
    assert strangers == set()


def test_every_field_is_exported_but_claims_integer_keys_and_what_is_named() -> None:
    left = {
        f"{section.name}.{field.name}"
        for section in sections()
        for field in section.model._meta.concrete_fields
        if field not in [column.field for column in columns_of(section)]
    }
    claims = {name for name in left if "claim" in name}
    assert claims == {
        f"{name}{end}"
        for name in (
            "message.claim",
            "discovery.claim",
            "plan.claim",
            "modification.claim",
            "task.draft_claim",
            "run.stage_claim",
            "atom.claim",
            "round.claim",
            "acceptance_suite.claim",
            "review.edit_claim",
            "jira_export.claim",
        )
        for end in ("", "_expires")
    }
    assert left - claims == {"event.id", "history.id", "atom_dependency.id", "wave_atom.id", "memory_use.record"}


def test_every_reference_leads_to_a_section() -> None:
    carried = {section.model for section in sections()}
    targets = {column.target for section in sections() for column in columns_of(section) if column.target}
    assert targets <= carried


def test_every_row_has_a_shape() -> None:
    for section in sections():
        required = row_shape(section).json_schema()["required"]
        assert required == [column.name for column in columns_of(section)]


def test_names_that_sections_give_are_fields() -> None:
    for section in sections():
        names = {field.name: field for field in section.model._meta.concrete_fields}
        for name in (*section.without, *section.person_keys, *section.checks):
            assert name in names
        for place in section.places:
            assert isinstance(names[place.partition(".")[0]], models.TextField | models.JSONField)
