"""A whole plan as one JSON document, to be imported elsewhere."""

from __future__ import annotations

import tempfile
import uuid

from django.utils.text import slugify
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from execution.api.streaming import StreamedFile
from execution.services.carrying import export_plan
from planning.selectors.access import plan_for

IN_MEMORY = 8 * 1024 * 1024


class Export(APIView):
    @extend_schema(operation_id="masterplans_export", responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, pk: uuid.UUID) -> StreamedFile:
        """The plan with everything in it, for `manage.py import_plan`. 409 while it is worked on: pause it first."""
        plan = plan_for(request.user, pk)
        target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
        try:
            export_plan(plan=plan, target=target)
        except BaseException:
            target.close()
            raise
        target.seek(0)
        name = f"{slugify(plan.project_name) or 'plan'}-{plan.pk}.json"
        return StreamedFile(target, as_attachment=True, filename=name, content_type="application/json")
