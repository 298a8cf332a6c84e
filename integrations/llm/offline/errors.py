"""What the offline engine cannot do, said so that the requester knows what to change."""

from __future__ import annotations

from common.errors import InvalidInput


class RequestNotUnderstood(InvalidInput):
    """The text names nothing that records could be kept of."""

    code = "request_not_understood"
    title = "The request is not understood"


class StackNotOffered(InvalidInput):
    """The offline engine has no templates for the stack."""

    code = "stack_not_offered"
    title = "The offline engine does not offer this stack"


class TaskNotOffered(InvalidInput):
    """The task asks for a file that the offline engine cannot write."""

    code = "task_not_offered"
    title = "The offline engine cannot write this file"


class PurposeNotOffered(InvalidInput):
    """The offline engine does not answer this purpose, or not with these inputs."""

    code = "purpose_not_offered"
    title = "The offline engine does not answer this purpose"
