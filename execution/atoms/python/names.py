"""Who binds which name and who reads it: one walk over a Python tree, charged to pieces by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from unicodedata import normalize

from tree_sitter import Language, Node

from execution.atoms.python.bindings import Bindings
from execution.atoms.python.kinds import (
    BRANCHES,
    BUILTINS,
    CLASS_NAMES,
    COMPREHENSIONS,
    DEFAULTED,
    LEAVES,
    OUTCOMES,
    PLAIN_STRING,
    SPLATS,
    TYPE_WORDS,
    WORD,
)
from execution.atoms.scopes import Loads, Scope
from execution.atoms.walking import Count, Handler, Step, Table


class NameScan(Bindings):
    """Reads a whole file once; ``usages[i]`` belongs to the piece of index ``i``."""

    def __init__(self, root: Node, data: bytes, starts: Sequence[int], language: Language) -> None:
        super().__init__(root, data, starts, _table(language))

    def decode(self, raw: bytes) -> str:
        """A name as Python sees it: NFKC."""
        text = raw.decode("utf-8", "surrogateescape")
        return text if text.isascii() else normalize("NFKC", text)

    def is_known(self, name: str, scope: Scope) -> bool:
        return name in BUILTINS or (name in CLASS_NAMES and scope.kind == "class")

    def resolve(self, loads: Loads) -> None:
        """Of several imports of one name the first says where it comes from."""
        self.imported = {bound: statement for _, bound, statement in sorted(self._imports, reverse=True)}
        super().resolve(loads)

    # -- definitions ---------------------------------------------------------------------------------------------------

    def _function(self, node: Node, scope: Scope) -> None:
        inner = Scope("function", scope)
        outer = scope
        for child in node.named_children:
            kind = child.type
            if kind == "block":
                self.visit(child.named_children, inner)
            elif kind == "parameters":
                self._parameters(child, outer, inner)
            elif kind == "identifier":
                self._named(child, scope)
            elif kind == "type_parameter":
                outer = inner
                self._type_parameters(child, inner)
            else:
                self.visit([child], outer)

    def _named(self, name: Node, scope: Scope) -> None:
        self.bind_node(name, scope)
        self.usages[self.piece(name)].definitions += 1

    def _parameters(self, node: Node, outer: Scope, inner: Scope) -> None:
        for parameter in node.named_children:
            kind = parameter.type
            if kind == "identifier":
                self.bind_node(parameter, inner)
            elif kind in SPLATS:
                self._typed_parameter(parameter, outer, inner)
            elif kind in DEFAULTED:
                name, *others = parameter.named_children
                self._bind_target(name, inner)
                self.visit(others, outer)

    def _typed_parameter(self, node: Node, outer: Scope, inner: Scope) -> None:
        for child in node.named_children:
            if child.type == "type":
                self.visit([child], outer)
            elif child.type == "identifier":
                self.bind_node(child, inner)
            else:
                self._typed_parameter(child, outer, inner)

    def _type_parameters(self, node: Node, inner: Scope) -> None:
        for child in node.named_children:
            first = child
            while first.type != "identifier" and first.named_children:
                first, *bounds = first.named_children
                self.visit(bounds, inner)
            if first.type == "identifier":
                self.bind_node(first, inner)

    def _class(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        bases = node.child_by_field_name("superclasses")
        generic = node.child_by_field_name("type_parameters")
        body = node.child_by_field_name("body")
        outer = scope
        if name is not None:
            self._named(name, scope)
        if generic is not None:
            outer = Scope("function", scope)
            self._type_parameters(generic, outer)
        if body is not None:
            self.visit([body], Scope("class", outer))
        if bases is not None:
            for base in bases.named_children:
                if base.type in ("identifier", "attribute", "subscript"):
                    self.usages[self.piece(base)].types.update(dict.fromkeys(_dotted_names(self.text(base))))
            self.visit([bases], outer)

    def _lambda(self, node: Node, scope: Scope) -> None:
        inner = Scope("function", scope)
        parameters = node.child_by_field_name("parameters")
        body = node.child_by_field_name("body")
        if body is not None:
            self.visit([body], inner)
        if parameters is not None:
            self._parameters(parameters, scope, inner)

    def _comprehension(self, node: Node, scope: Scope) -> None:
        self.visit(node.named_children, Scope("function", scope))

    def _type_alias(self, node: Node, scope: Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None:
            first = left
            while first.type != "identifier" and first.named_children:
                first = first.named_children[0]
            self.bind_node(first, scope)
            inner = Scope("function", scope)
            for word in WORD.findall(self.text(left))[1:]:
                self.bind(word, inner, left.start_byte)
            if right is not None:
                self.visit([right], inner)

    # -- reading -------------------------------------------------------------------------------------------------------

    def _string(self, node: Node, scope: Scope) -> None:
        """Only strings with replacement fields hold names."""
        count = node.named_child_count
        if count > PLAIN_STRING or (count == PLAIN_STRING and node.named_children[1].type == "interpolation"):
            self.visit(node.named_children, scope)

    def _type(self, node: Node, scope: Scope) -> None:
        usage = self.usages[self.piece(node)]
        usage.types.update(dict.fromkeys(_dotted_names(self.text(node))))
        self.visit(node.named_children, scope)


@lru_cache(maxsize=4096)
def _dotted_names(annotation: str) -> tuple[str, ...]:
    """The class names in an annotation, strings in it included. The same few annotations come again and again."""
    return tuple(word for word in re.findall(r"[^\W\d]\w*(?:\.\w+)*", annotation) if word not in TYPE_WORDS)


ACTIONS: Mapping[str, Handler | Step] = {
    "identifier": Step.LOAD,
    "attribute": Step.FIRST,
    "keyword_argument": Step.LAST,
    **dict.fromkeys(LEAVES, Step.SKIP),
    "function_definition": NameScan._function,
    "class_definition": NameScan._class,
    "lambda": NameScan._lambda,
    **dict.fromkeys(COMPREHENSIONS, NameScan._comprehension),
    "type_alias_statement": NameScan._type_alias,
    "assignment": NameScan._assignment,
    "augmented_assignment": NameScan._augmented,
    "named_expression": NameScan._walrus,
    "for_statement": NameScan._loop,
    "for_in_clause": NameScan._loop,
    "as_pattern": NameScan._as_pattern,
    "global_statement": NameScan._declaration,
    "nonlocal_statement": NameScan._declaration,
    "import_statement": NameScan._import,
    "import_from_statement": NameScan._import,
    "future_import_statement": NameScan._import,
    **dict.fromkeys(("case_pattern", "union_pattern", "dict_pattern"), NameScan._case_pattern),
    "class_pattern": NameScan._class_pattern,
    "keyword_pattern": NameScan._keyword_pattern,
    "type": NameScan._type,
    "string": NameScan._string,
}
COUNTS = {
    **dict.fromkeys(BRANCHES, Count.BRANCH),
    **dict.fromkeys(OUTCOMES, Count.OUTCOME),
    "call": Count.EFFECT,
    "type": Count.ANNOTATION,
}


@cache
def _table(language: Language) -> Table:
    return Table(language, ACTIONS, COUNTS)
