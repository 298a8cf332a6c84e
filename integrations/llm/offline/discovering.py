"""The purposes ``discovery_questions`` and ``domain_model``: what was understood, what is missing, the domain."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.design import ServiceDesign
from integrations.llm.offline.contexts import contexts_of
from integrations.llm.offline.designing.design import Designed, design_service
from integrations.llm.offline.library import records
from integrations.llm.offline.phrases import Phrases, phrases
from integrations.llm.offline.project.entities import EntityView, entity_views
from integrations.llm.offline.reading.modelling import model_entities
from integrations.llm.offline.reading.reader import Reading, read_request
from integrations.llm.offline.words import plural_of, snake, words_of
from integrations.llm.offline.workflows import workflows_of
from integrations.llm.shapes import (
    Aggregate,
    AnsweredQuestion,
    BusinessDomain,
    BusinessRule,
    DiscoveryQuestions,
    DiscoveryQuestionsInputs,
    DomainModel,
    DomainModelInputs,
    Integration,
    Question,
    Term,
    UserRole,
)

PERSONAL = {"email", "phone", "birth_date", "address", "salary"}


def ask_questions(inputs: DiscoveryQuestionsInputs) -> DiscoveryQuestions:
    """What was understood, and questions about what the request does not say, each with a default."""
    reading = read_request(inputs.request)
    model = model_entities(reading)
    designed = design_service(reading, model)
    say = phrases(reading.language)
    return DiscoveryQuestions(
        language=reading.language,
        understood=_understood(reading, designed, say),
        not_understood=designed.not_understood,
        questions=_questions(reading, designed, say),
    )


def _understood(reading: Reading, designed: Designed, say: Phrases) -> str:
    parts = [say.engine]
    if reading.from_domain:
        parts.append(say.domain.format(domain=reading.from_domain))
    elif reading.subject:
        parts.append(say.subject.format(subject=reading.subject))
    for entity in designed.entities:
        fields = ", ".join(field.name for field in entity.fields)
        source = "" if reading.fields.get(entity.name) else f" {say.usual}"
        relations = ", ".join(
            (say.shares if relation.kind == "many_to_many" else say.belongs).format(target=words_of(relation.target))
            for relation in entity.relations
        )
        parts.append(f"{entity.name}: {fields}{source}{f'; {relations}' if relations else ''}.")
    return " ".join([*parts, *_behaviour(designed.design, say)])


def _behaviour(design: ServiceDesign, say: Phrases) -> list[str]:
    """What was understood besides the records."""
    parts = []
    if design.authentication is not None:
        parts.append(say.login.format(login=design.authentication.login_field))
        parts.append(say.roles.format(roles=", ".join(role.name for role in design.roles)))
    if design.rules:
        parts.append(say.rules.format(rules=" ".join(rule.statement for rule in design.rules)))
    if design.adapters:
        names = [adapter.provider or adapter.name for adapter in design.adapters]
        parts.append(say.outside.format(names=", ".join(names)))
    return parts


def _users(design: ServiceDesign, views: list[EntityView], said: str, say: Phrases) -> list[UserRole]:
    """Who uses the service: the roles, else whom an answer names, else anybody."""
    if not design.roles:
        return [UserRole(role=said or say.everybody, needs=[say.manages.format(records=_listed(views))])]
    return [
        UserRole(
            role=role.name,
            needs=[f"{'/'.join(one.operations)} {one.entity}" for one in design.permissions if one.role == role.name],
        )
        for role in design.roles
    ]


def _questions(reading: Reading, designed: Designed, say: Phrases) -> list[Question]:
    questions = [
        say.question(f"fields_{snake(entity.name)}", "business_domain", "fields", words_of(entity.name))
        for entity in designed.entities
        if entity.name not in records.KNOWN and not reading.fields.get(entity.name)
    ]
    names = {entity.name for entity in designed.entities}
    fields = {field.name for entity in designed.entities for field in entity.fields}
    if not names & {"User", "Customer", "Member", "Employee"}:
        questions.append(say.question("users", "users", "users"))
    ruled = {rule.entity for rule in designed.design.rules if rule.kind == "transitions"}
    changing = [one for one in designed.entities if any(f.type == "choice" and f.name == "status" for f in one.fields)]
    if any(entity.name not in ruled for entity in changing):
        questions.append(say.question("status_changes", "workflows", "workflows"))
    questions.append(say.question("volume", "scalability", "volume"))
    if fields & PERSONAL:
        questions.append(say.question("personal_data", "regulations", "personal_data"))
    return questions


def model_domain(inputs: DomainModelInputs) -> DomainModel:
    """The DDD model of the request and the answers; fields said in an answer count like those of the request."""
    say = phrases(read_request(inputs.request).language)
    reading = read_request(_with_answers(inputs, say))
    model = model_entities(reading)
    designed = design_service(reading, model)
    views = list(entity_views(designed.entities, designed.design.rules).values())
    return DomainModel(
        business_domain=BusinessDomain(
            industry=reading.from_domain or reading.subject or say.general,
            problem_statement=say.problem.format(records=_listed(views)),
            users=_users(designed.design, views, _said(inputs.answers, "users", say), say),
            regulations=_regulations(views, _said(inputs.answers, "personal_data", say), say),
        ),
        bounded_contexts=contexts_of(views, designed.design, say),
        aggregates=_aggregates(views, say),
        entities=designed.entities,
        integrations=[
            Integration(
                name=adapter.provider or adapter.name,
                operations=[use.statement or f"{use.entity} {use.event}" for use in adapter.uses],
            )
            for adapter in designed.design.adapters
        ],
        domain_events=[f"{view.name}{what}" for view in views for what in ("Created", "Updated", "Deleted")],
        workflows=workflows_of(views, designed.design, say),
        business_rules=_rules(views, say),
        ubiquitous_language=[Term(term=view.name, meaning=view.description) for view in views],
        design=designed.design,
        expected_volume=_answer(inputs.answers, "volume"),
        not_understood=designed.not_understood,
    )


def _regulations(views: list[EntityView], said: str, say: Phrases) -> list[str]:
    personal = {field.name for view in views for field in view.fields} & PERSONAL
    return [*([say.personal] if personal else []), *([said] if said else [])]


def _with_answers(inputs: DomainModelInputs, say: Phrases) -> str:
    """The request, and what answers say about fields and about the order of steps as sentences of their own."""
    said = []
    for answer in inputs.answers:
        if answer.id.startswith("fields_") and answer.answer.strip():
            said.append(
                f"{plural_of(answer.id.removeprefix('fields_')).replace('_', ' ')} with {answer.answer.strip()}"
            )
    return "\n".join([inputs.request, *said, _said(inputs.answers, "status_changes", say)]).strip()


def _answer(answers: Sequence[AnsweredQuestion], wanted: str) -> str:
    return next((answer.answer for answer in answers if answer.id == wanted), "")


def _said(answers: Sequence[AnsweredQuestion], wanted: str, say: Phrases) -> str:
    """What a person answered in own words; empty where it is what we had proposed."""
    proposed = {default for _, _, default in say.questions.values()}
    answer = " ".join(_answer(answers, wanted).split())
    return "" if answer in proposed else answer


def _listed(views: list[EntityView]) -> str:
    return ", ".join(view.words_plural for view in views)


def _aggregates(views: list[EntityView], say: Phrases) -> list[Aggregate]:
    owned = {
        view.name: parent.target.name for view in views for parent in view.parents if parent.on_delete == "CASCADE"
    }
    return [
        Aggregate(
            root=view.name,
            entities=[child for child, root in owned.items() if root == view.name],
            value_objects=[field.enum for field in view.choices],
            invariants=[rule.statement for rule in _rules([view], say)],
            behaviour=["create", "change", "delete"],
        )
        for view in views
        if view.name not in owned
    ]


def _rules(views: list[EntityView], say: Phrases) -> list[BusinessRule]:
    rules: list[BusinessRule] = []
    for view in views:
        for parent in view.required_parents:
            statement = say.rule(say.existing, view.words, parent=parent.words)
            rules.append(BusinessRule(statement=statement, enforcement="service (422) and foreign key"))
        for field in view.unique_fields:
            statement = say.rule(say.unique, view.words, field=field.words)
            rules.append(BusinessRule(statement=statement, enforcement="service (409) and unique constraint"))
    return rules + [
        BusinessRule(statement=rule.statement, enforcement="service (422)") for view in views for rule in view.rules
    ]
