"""Whether the account of the settings may do in the project what an export does."""

from __future__ import annotations

from dataclasses import dataclass

from common.configuration import configuration
from common.errors import DevMatrixError
from integrations.jira.client import JiraClient
from integrations.jira.errors import JiraRejected
from integrations.jira.settings import jira_in_force
from integrations.jira.site import look_up_site
from integrations.llm.retries import RetryPolicy

NEEDED = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES")
USEFUL = {"LINK_ISSUES": "link issues", "ADMINISTER_PROJECTS": "make versions"}
AT_ONCE = RetryPolicy(tries=1)


@dataclass(frozen=True)
class Access:
    """``works``: whether an export can be made at all. ``hint``: how to mend what is wrong or missing."""

    works: bool
    detail: str
    hint: str = ""


def check_permissions(client: JiraClient) -> list[str]:
    """What the account may not do, of what is only useful. Raises ``JiraRejected`` for what is needed."""
    client.get("myself")  # a wrong token would only be told that there is no such project
    names = [*NEEDED, *USEFUL]
    answer = client.get("mypermissions", projectKey=client.project_key, permissions=",".join(names))
    granted = {name for name in names if answer["permissions"].get(name, {}).get("havePermission")}
    missing = [name for name in NEEDED if name not in granted]
    if missing:
        raise JiraRejected(
            f"The account of JIRA_EMAIL lacks permissions in {client.project_key}: {', '.join(missing)}.",
            hint="Let an administrator of the project grant them.",
            http_status=403,
        )
    return [name for name in USEFUL if name not in granted]


def check_jira() -> Access | None:
    """For ``doctor``: a dozen requests, none that writes; ``None`` where Jira is switched off."""
    if not configuration().jira.enabled:
        return None
    try:
        settings = jira_in_force()
        with JiraClient(settings, policy=AT_ONCE) as client:
            lacking = check_permissions(client)
            site = look_up_site(client)
    except DevMatrixError as error:
        return Access(works=False, detail=error.detail, hint=error.hint)
    types = [one.name for one in (site.epic, site.story, site.subtask) if one]
    detail = f"{settings.base_url}, project {site.project_key}, exports as {', '.join(types)}"
    hint = f"The account may not {' or '.join(USEFUL[name] for name in lacking)}: that is left out." if lacking else ""
    return Access(works=True, detail=detail, hint=hint)
