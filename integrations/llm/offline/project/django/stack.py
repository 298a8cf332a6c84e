"""The stack Django with Django REST Framework."""

from __future__ import annotations

from integrations.llm.offline.project.django.chapters import chapters
from integrations.llm.offline.project.django.files import project_files
from integrations.llm.offline.project.stack import ProjectStack

DJANGO = ProjectStack(
    made_with="Django and Django REST Framework",
    conventions=(
        (
            "Python 3.11, `from __future__ import annotations`, full type hints (mypy strict with django-stubs and "
            "without its plugin: model fields are annotated, as in `title: models.CharField[str, str]`), lines of at "
            "most 100 characters."
        ),
        "Layers: views call services, services write models; serializers check values, filters narrow lists.",
        (
            "One module per entity and layer in the app `api`, named after the entity in the singular; one migration "
            "a table, in the order of their relations."
        ),
        (
            "Services extend api.services.base.ModelService: rules are functions of the new and the stored record, "
            "and raise the errors of api/errors.py."
        ),
        "Views extend api.views.base.ServiceViewSet; nothing writes a record but a service.",
        "Public names have a docstring that says what they promise.",
        "Tests use the fixtures of tests/conftest.py and the makers of tests/factories/.",
    ),
    files=project_files,
    chapters=chapters,
)
