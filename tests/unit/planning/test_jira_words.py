"""Plans in the words and forms that Jira takes."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from common.configuration import JiraSettings
from integrations.jira import adf
from integrations.jira.site import Field, IssueType, Site
from planning.jira.fields import Places, Translation, digests_of, edit_of
from planning.jira.items import Item
from planning.jira.words import document_of, item_label, labels_of, plan_label, summary_of, version_description_of
from tests.integrations.jira_site import is_document

PLAN = uuid.UUID(int=1)
TEXTS = st.text(st.characters(exclude_characters="\x00"), max_size=80) | st.sampled_from(
    ["a\n\nb\nc", "\r\n", " ", "é\x0b"]
)


def task(title: str = "Write it", **more: object) -> Item:
    return Item(**{"kind": "task", "id": uuid.uuid4(), "short_id": "task_001", "title": title, **more})  # type: ignore[arg-type]  # as the tests name them


@given(TEXTS, st.lists(TEXTS, max_size=30), TEXTS)
def test_whatever_is_said_is_a_document(description: str, criteria: list[str], step: str) -> None:
    one = task(description=description, criteria=tuple(criteria), files=("app/a.py",))
    assert is_document(document_of(one, [task(step)]))


@given(TEXTS)
def test_a_document_has_every_word(text: str) -> None:
    def printed(given: str) -> str:
        return "".join(sign for sign in given if sign.isalnum())

    assert printed(adf.text_of(adf.document(adf.paragraphs(text)))) == printed(text)


@given(TEXTS)
def test_summaries_and_labels_are_such_as_jira_takes(text: str) -> None:
    summary = summary_of(text)
    assert (0 < len(summary) <= 255, "\n" in summary) == (True, False)
    assert all(label and not any(map(str.isspace, label)) for label in labels_of(task(labels=(text, text))))


def test_paragraphs_lists_and_breaks_have_their_own_nodes() -> None:
    document = document_of(task(description="One.\nTwo.\n\nThree.", criteria=("must: It works.",)))
    kinds = [block["type"] for block in document["content"]]
    assert kinds == ["paragraph", "paragraph", "heading", "bulletList"]
    assert [node["type"] for node in document["content"][0]["content"]] == ["text", "hardBreak", "text"]


def test_long_things_are_cut_to_what_jira_takes() -> None:
    one = task("x" * 300, description="word " * 10_000, criteria=tuple(f"must: {'y' * 900}" for _ in range(50)))
    assert len(summary_of(one.title)) == 255
    assert len(adf.text_of(document_of(one))) < 32_767
    assert adf.text_of(document_of(one)).endswith("and 30 more")
    assert version_description_of(one, PLAN).endswith(f"[{item_label(PLAN, 'task_001')}]")


def test_labels_tell_plan_and_item() -> None:
    assert plan_label(PLAN) == "devmatrix-0000000000000000"
    assert item_label(PLAN, "task_001") == "devmatrix-0000000000000000-task_001"


def test_an_edit_has_only_what_differs() -> None:
    before = {"summary": "A", "labels": ["a", "b"], "priority": {"id": "1"}}
    sent = {"fields": digests_of(before), "labels": before["labels"]}
    assert not edit_of(before, sent)
    edit = edit_of({"summary": "B", "labels": ["b", "c"], "priority": {"id": "1"}}, sent)
    assert (edit.fields, edit.labels) == ({"summary": "B"}, [{"add": "c"}, {"remove": "a"}])


def test_a_warning_is_told_once_and_says_whether_the_site_has_the_field() -> None:
    story = IssueType("1", "Story", 0, {"labels": Field("labels", "Labels", "array")})
    site = Site("9", "SHOP", story, known_fields=frozenset({"story points"}))
    translation = Translation(PLAN, site, JiraSettings(), {})
    for _ in range(2):
        translation.values_of(task(points=3, minutes=5, priority="high"), story, Places())
    told = {one["code"]: one["message"] for one in translation.told()}
    assert sorted(told) == ["no_estimates", "no_priority", "no_story_points"]
    assert "add it to their screen" in told["no_story_points"]
