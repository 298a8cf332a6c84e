"""What to do about a finding of a tool that does not say so itself."""

from __future__ import annotations

from collections.abc import Iterable

from integrations.llm.shapes import Diagnostic

_HINTS = {
    "syntax-error": "Compare brackets, quotes, colons and indentation on this line and the one above.",
    "unreadable": "Save the file as UTF-8.",
    "arg-type": "Convert the value, or correct the annotation of the parameter.",
    "assignment": "Convert the value, or correct the annotation of the variable.",
    "attr-defined": "Use a name that the class or module defines, or define it there.",
    "call-arg": "Compare the arguments with the signature of what is called.",
    "call-overload": "Compare the arguments with each of the signatures of what is called.",
    "import-not-found": "Import a module that exists, or add its package to the requirements.",
    "index": "Check that the value can be None or is no mapping before taking an item of it.",
    "method-assign": "Override the method in a subclass instead.",
    "misc": "Correct the types that the message names.",
    "name-defined": "Define or import the name, or correct its spelling.",
    "no-any-return": "Annotate what the returned value comes from.",
    "no-redef": "Remove one of the two definitions.",
    "no-untyped-call": "Annotate the function that is called.",
    "no-untyped-def": "Annotate every parameter and the return value.",
    "operator": "Convert one of the operands, or rule out None first.",
    "override": "Give the method the parameters and return type that its base class promises.",
    "return": "Return a value on every path.",
    "return-value": "Return what the annotation promises, or correct the annotation.",
    "truthy-function": "Call the function.",
    "type-arg": "Say what the generic type holds, as in list[int].",
    "typeddict-item": "Use a key that the dictionary's type has.",
    "union-attr": "Rule out None first.",
    "unused-awaitable": "Await it.",
    "unused-coroutine": "Await it.",
    "used-before-def": "Move the definition above its use.",
    "var-annotated": "Annotate the variable.",
    "B904": "Raise ... from error, or from None.",
    "C901": "Split the function.",
    "E402": "Move the import to the top of the file.",
    "E501": "Break the line.",
    "E722": "Name the exception that is expected.",
    "E741": "Give the variable a longer name.",
    "F401": "Remove the import, or use it.",
    "F811": "Remove one of the two definitions.",
    "F821": "Define or import the name, or correct its spelling.",
    "F822": "Define the name, or take it out of __all__.",
    "F841": "Remove the variable, or use it.",
    "S101": "Raise an exception: assertions vanish when Python optimizes.",
    "S102": "Call a function chosen from a table instead.",
    "S105": "Read it from the settings of the environment.",
    "S106": "Read it from the settings of the environment.",
    "S107": "Read it from the settings of the environment.",
    "S110": "Catch the one exception that is expected, or log it.",
    "S112": "Catch the one exception that is expected, or log it.",
    "S113": "Give the request a timeout.",
    "S301": "Use JSON.",
    "S307": "Parse the text, or use ast.literal_eval.",
    "S311": "Use the module secrets where it matters that nobody can guess.",
    "S324": "Use SHA-256, or say usedforsecurity=False.",
    "S501": "Leave the check of certificates on.",
    "S506": "Use yaml.safe_load.",
    "S602": "Give subprocess.run a list and no shell.",
    "S604": "Give the function a list and no shell.",
    "S605": "Use subprocess.run with a list.",
    "S607": "Give the full path of the program.",
    "S608": "Bind parameters instead.",
}
_BY_LAYER = {
    "syntax": "Correct the line so that it parses.",
    "imports": "Import what exists, or define it.",
    "types": "Make the value fit the type that is named, or correct the annotation.",
    "lint": "See https://docs.astral.sh/ruff/rules/ for what the rule wants.",
    "security": "See https://docs.astral.sh/ruff/rules/#flake8-bandit-s for a safe way.",
    "performance": "Do it once, outside, or with a quicker structure.",
    "postconditions": "Make what the task promised true.",
}


def with_hint(item: Diagnostic) -> Diagnostic:
    """The finding, with a hint in any case."""
    if item.hint:
        return item
    return item.model_copy(update={"hint": _HINTS.get(item.code) or _BY_LAYER.get(item.layer, "")})


def with_hints(items: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(map(with_hint, items))
