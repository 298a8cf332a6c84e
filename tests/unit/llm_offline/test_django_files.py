"""The texts of Django projects: models and migrations, rules, access, addresses, samples."""

from __future__ import annotations

import ast

import pytest

from integrations.llm.design import Rule, ServiceDesign
from integrations.llm.offline.planner.contracts import exports_of
from integrations.llm.offline.project.django.fields import migration_entry, model_line
from integrations.llm.offline.project.django.model_files import constraints, parent_line
from integrations.llm.offline.project.django.paths import router_groups
from integrations.llm.offline.project.django.printing import called, lay_out, listed, tupled
from integrations.llm.offline.project.django.relations import made_along, related_name, tables_in_order
from integrations.llm.offline.project.django.rules import distinct, rule_texts
from integrations.llm.offline.project.django.samples import Samples, numbered
from integrations.llm.offline.project.entities import EntityView, entity_views
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.service import ServiceView
from integrations.llm.offline.project.stacks import stack_named
from integrations.llm.shapes import EntitySchema, FieldSchema, PlanAnswer, ProjectContext, Relation, TaskSpec
from tests.unit.llm_offline.rich_service import DESIGN, ENTITIES, choice, rich_plan, text, to


@pytest.fixture(scope="module")
def rich() -> dict[str, str]:
    _, project = rich_plan("django")
    return {path: write() for path, write in stack_named("django").files(project).items()}


@pytest.fixture(scope="module")
def plan() -> PlanAnswer:
    return rich_plan("django")[0]


def view(**more: object) -> FieldView:
    return FieldView(FieldSchema.model_validate({"name": "size", **more}), "Shoe", 0)


def entity(*fields: FieldSchema, relations: list[Relation] | None = None, name: str = "Shoe") -> EntitySchema:
    return EntitySchema(name=name, plural=f"{name.lower()}s", fields=list(fields), relations=relations or [])


def service_of(*entities: EntitySchema, design: ServiceDesign | None = None) -> ServiceView:
    return ServiceView(
        ProjectContext(
            project_name="Shop",
            description="",
            stack="django",
            entities=list(entities),
            design=design or ServiceDesign(),
        )
    )


# -- layout ------------------------------------------------------------------------------------------------------------


def test_an_expression_that_fits_stays_on_its_line() -> None:
    assert lay_out(called("f", "a", listed("1", "2")), indent=4, before="x = ") == "    x = f(a, [1, 2])"
    assert str(tupled("a")) == "(a,)"
    assert str(tupled("a", "b")) == "(a, b)"


def test_a_long_expression_has_one_part_a_line_with_a_comma_each() -> None:
    long = called("f", "a" * 60, listed("b" * 30, "c" * 30))
    assert lay_out(long, indent=0, before="x = ").split("\n") == [
        "x = f(",
        f"    {'a' * 60},",
        f"    [{'b' * 30}, {'c' * 30}],",
        ")",
    ]


# -- models and migrations ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "line", "entry"),
    [
        (
            {"type": "string", "max_length": 20},
            "    size: models.CharField[str, str] = models.CharField(max_length=20)",
            '("size", models.CharField(max_length=20))',
        ),
        (
            {"type": "text", "required": False},
            '    size: models.TextField[str, str] = models.TextField(max_length=5000, blank=True, default="")',
            '("size", models.TextField(max_length=5000, blank=True, default=""))',
        ),
        (
            {"type": "date", "required": False},
            "    size: models.DateField[date | None, date | None] = models.DateField(null=True, blank=True)",
            '("size", models.DateField(null=True, blank=True))',
        ),
        (
            {"type": "boolean", "default": "true"},
            "    size: models.BooleanField[bool, bool] = models.BooleanField(default=True)",
            '("size", models.BooleanField(default=True))',
        ),
    ],
)
def test_model_and_migration_say_the_same_of_a_field(field: dict[str, object], line: str, entry: str) -> None:
    assert model_line(view(**field)) == line
    assert str(migration_entry(view(**field))) == entry


def test_bounds_are_validators_and_constraints() -> None:
    price = FieldSchema(name="price", type="decimal", more_than=0)
    made = entity_views([entity(price, FieldSchema(name="size", type="integer", minimum=1, maximum=9))])["shoe"]
    assert 'validators=[MinValueValidator(Decimal("0.01"))]' in model_line(made.fields[0])
    assert "validators=[MinValueValidator(1), MaxValueValidator(9)]" in str(migration_entry(made.fields[1]))
    assert [str(one) for one in constraints(made)] == [
        'models.CheckConstraint(condition=models.Q(price__gte=Decimal("0.01")), name="shoe_price_minimum")',
        'models.CheckConstraint(condition=models.Q(size__gte=1), name="shoe_size_minimum")',
    ]


def test_a_choice_is_stored_by_its_value() -> None:
    status = FieldView(choice("status", "in stock", "sold"), "Shoe", 0)
    assert "choices=ShoeStatus.choices" in model_line(status)
    assert "default=ShoeStatus.IN_STOCK" in model_line(status)
    assert str(migration_entry(status)) == (
        '("status", models.CharField(max_length=50, choices=[("in_stock", "In stock"), ("sold", "Sold")], '
        'default="in_stock"))'
    )


def test_relations_protect_what_others_need() -> None:
    views = entity_views([entity(text("name"), name="Brand"), entity(text("name"), relations=[to("Brand")])])
    (parent,) = views["shoe"].parents
    assert parent_line(parent) == (
        "    brand: models.ForeignKey[Brand, Brand] = models.ForeignKey(\n"
        "        Brand,\n"
        "        on_delete=models.PROTECT,\n"
        '        related_name="shoes",\n'
        "    )"
    )


def test_the_way_back_has_a_name_of_its_own() -> None:
    brand = entity(text("name"), text("shoes"), name="Brand")
    shoe = entity(text("name"), relations=[to("Brand"), to("Shoe", "parent", required=False)])
    trip = entity(text("name"), relations=[to("Shoe", "left"), to("Shoe", "right")], name="Trip")
    views = entity_views([brand, shoe, trip])
    names = {(one.owner.name, one.name): related_name(one) for v in views.values() for one in v.parents}
    assert names == {
        ("Shoe", "brand"): "brand_shoes",
        ("Shoe", "parent"): "children",
        ("Trip", "left"): "left_trips",
        ("Trip", "right"): "right_trips",
    }


def test_tables_are_made_in_the_order_of_their_relations() -> None:
    shoe = entity(text("name"), relations=[to("Brand", required=False)])
    views = entity_views([shoe, entity(text("name"), name="Brand")])
    assert [one.name for one in tables_in_order(list(views.values()))] == ["Brand", "Shoe"]


def test_every_migration_follows_the_one_before(rich: dict[str, str]) -> None:
    paths = sorted(path for path in rich if path.startswith("api/migrations/0"))
    names = [path.removeprefix("api/migrations/").removesuffix(".py") for path in paths]
    assert names[0] == "0001_user"
    assert len(names) == len(ENTITIES)
    for before, path in zip(names, paths[1:], strict=False):
        assert f'dependencies = [("api", "{before}")]' in rich[path]
    assert 'run_before = [("admin", "0001_initial"), ("authtoken", "0001_initial")]' in rich[paths[0]]


# -- rules -------------------------------------------------------------------------------------------------------------


def loan_rules() -> EntityView:
    return next(one for one in service_of(*ENTITIES, design=DESIGN).entities if one.name == "Loan")


def test_every_rule_becomes_a_function_that_the_service_calls(rich: dict[str, str]) -> None:
    text_of_service = rich["api/services/loan.py"]
    functions = [node.name for node in ast.parse(text_of_service).body if isinstance(node, ast.FunctionDef)]
    called_names = text_of_service.split("class LoanService")[1]
    assert len(functions) == len(set(functions)) == 11
    assert [name for name in functions if name not in called_names] == []


def test_what_is_final_is_asked_first() -> None:
    assert rule_texts(loan_rules())[0].hooks == (("rules", "check_may_change"), ("delete_rules", "check_may_end"))


def test_two_limits_have_names_of_their_own() -> None:
    names = [function for one in distinct(rule_texts(loan_rules())) for _, function in one.hooks]
    assert {"check_number_of_loans", "check_number_of_loans_2"} <= set(names)
    assert len(names) == len(set(names))


def test_a_limit_locks_the_record_it_counts_for() -> None:
    (limit,) = [one for one in rule_texts(loan_rules()) if "max_loans" in one.text]
    assert "Member.objects.select_for_update().get(pk=loan.member_id)" in limit.text
    assert "if others.count() >= member.max_loans:" in limit.text


def test_a_relation_to_oneself_is_never_to_oneself() -> None:
    views = entity_views([entity(text("name"), relations=[to("Shoe", "parent", required=False)])])
    (rule,) = rule_texts(views["shoe"])
    assert "if stored is not None and shoe.parent_id == stored.pk:" in rule.text


# -- samples -----------------------------------------------------------------------------------------------------------


def test_samples_keep_the_rules() -> None:
    service = service_of(*ENTITIES, design=DESIGN)
    samples = Samples(service)
    by_name = {one.name: one for one in service.entities}
    book, loan = by_name["Book"], by_name["Loan"]
    assert samples.value(book, book.field("stock")) == "103"
    assert samples.value(loan, loan.field("copies")) == "1"
    assert samples.value(loan, loan.field("status")) == '"open"'
    assert samples.value(book, book.field("isbn")) == 'f"{number:013}"'
    assert samples.fixed(book, book.field("isbn")) == '"0000000000001"'
    assert samples.changing(book).name == "title"


def test_records_that_must_differ_are_numbered() -> None:
    rule = Rule(kind="unique_together", entity="Shoe", statement="x", fields=["name", "size"])
    service = service_of(
        entity(text("name"), FieldSchema(name="size", type="integer")), design=ServiceDesign(rules=[rule])
    )
    (shoe,) = service.entities
    assert Samples(service).value(shoe, shoe.fields[0]) == 'f"Name {number}"'
    assert Samples(service).value(shoe, shoe.fields[1]) == "3"


def test_a_numbered_sample_can_be_fixed() -> None:
    assert numbered('f"{number} and {number:03}"', 7) == '"7 and 007"'


def test_a_record_is_made_along_its_relations() -> None:
    views = {one.name: one for one in service_of(*ENTITIES, design=DESIGN).entities}
    call, needed = made_along(views["Loan"], ["member", "user"], "account.pk")
    assert call == "make_loan(member=make_member(user=account.pk).pk)"
    assert needed == ["member"]


# -- the whole ---------------------------------------------------------------------------------------------------------


def tasks_of(plan: PlanAnswer) -> list[TaskSpec]:
    return [task for phase in plan.phases for milestone in phase.milestones for task in milestone.tasks]


def test_the_plan_names_exactly_the_files(plan: PlanAnswer, rich: dict[str, str]) -> None:
    planned = [path for task in tasks_of(plan) for path in task.target_files]
    assert len(planned) == len(set(planned))
    assert set(planned) == set(rich)


def test_tables_are_promised_by_name(plan: PlanAnswer) -> None:
    subjects = {one.subject for task in tasks_of(plan) for one in task.postconditions if one.kind == "table_defined"}
    assert subjects == {f"api/models/{one.name.lower()}.py::{one.name}" for one in ENTITIES}


def test_what_a_package_passes_on_is_offered(rich: dict[str, str]) -> None:
    offered = {export.name: export.signature for export in exports_of(rich["api/models/__init__.py"])}
    assert set(offered) == {one.name for one in ENTITIES}
    assert offered["Loan"] == "from api.models.loan import Loan"


def test_nothing_of_logging_in_is_written_for_an_open_service() -> None:
    service = service_of(entity(text("name")))
    paths = set(stack_named("django").files(service.project))
    assert not [path for path in paths if "auth" in path or "access" in path or "adapter" in path]
    settings = stack_named("django").files(service.project)["config/settings.py"]()
    assert "rest_framework.permissions.AllowAny" in settings
    assert "AUTH_USER_MODEL" not in settings


def test_production_has_no_secret_of_its_own(rich: dict[str, str]) -> None:
    settings = rich["config/settings.py"]
    assert 'SECRET_KEY = env.str("SECRET_KEY", default="")' in settings
    assert "ImproperlyConfigured" in settings
    assert 'AUTH_USER_MODEL = "api.User"' in settings


def test_access_is_declared_where_roles_differ(rich: dict[str, str]) -> None:
    assert 'owner={"member": "member__user"},' in rich["api/views/loan.py"]
    assert 'own={"member": frozenset({"list", "read", "create"})},' in rich["api/views/loan.py"]
    assert 'EVERYTHING: frozenset[str] = frozenset({"admin"})' in rich["api/access.py"]


def test_addresses_are_grouped_by_four() -> None:
    names = ["Ant", "Bee", "Cat", "Dog", "Eel"]
    views = list(entity_views([entity(text("name"), name=name) for name in names]).values())
    assert [group.path for group in router_groups(views[:4])] == ["api/urls.py"]
    assert [group.path for group in router_groups(views)] == [
        "api/areas/ant_area.py",
        "api/areas/dog_area.py",
        "api/urls.py",
    ]
    assert max(len(group.members) + len(group.entities) for group in router_groups(views * 9)) <= 4
