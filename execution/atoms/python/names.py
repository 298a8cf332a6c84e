"""Who binds which name and who reads it: one walk over a Python tree, charged to pieces by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from unicodedata import normalize

from tree_sitter import Language, Node

from execution.atoms.python.kinds import (
    BRANCHES,
    BUILTINS,
    CLASS_NAMES,
    COMPREHENSIONS,
    DEFAULTED,
    LEAVES,
    OUTCOMES,
    PATTERNS,
    PLAIN_STRING,
    SPLATS,
    TARGETS,
    TYPE_WORDS,
    WORD,
)
from execution.atoms.scopes import Loads, Scope
from execution.atoms.walking import Count, Handler, NameWalk, Step, Table


class NameScan(NameWalk):
    """Reads a whole file once; ``usages[i]`` belongs to the piece of index ``i``."""

    def __init__(self, root: Node, data: bytes, starts: Sequence[int], language: Language) -> None:
        self._imports: list[tuple[int, str, str]] = []
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

    def _bind_target(self, node: Node | None, scope: Scope) -> None:
        if node is None:
            return
        kind = node.type
        if kind == "identifier":
            self.bind_node(node, scope)
        elif kind in PATTERNS:
            for child in node.named_children:
                self._bind_target(child, scope)
        else:
            self.visit([node], scope)

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

    # -- bindings ------------------------------------------------------------------------------------------------------

    def _assignment(self, node: Node, scope: Scope) -> None:
        left, *others = node.named_children
        self.visit(others, scope)
        if left.type not in TARGETS:
            self.usages[self.piece(left)].effects += 1
        self._bind_target(left, scope)

    def _augmented(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        if left is not None and left.type == "identifier":
            self.read(left)
        self._assignment(node, scope)

    def _walrus(self, node: Node, scope: Scope) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if value is not None:
            self.visit([value], scope)
        if name is not None:
            self.bind_node(name, scope)

    def _loop(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        self.visit([child for child in node.named_children if child != left], scope)
        self._bind_target(left, scope)

    def _as_pattern(self, node: Node, scope: Scope) -> None:
        alias = node.child_by_field_name("alias")
        if alias is None and node.named_children[-1].type == "identifier":
            alias = node.named_children[-1]
        for child in node.named_children:
            if child != alias:
                self.visit([child], scope)
        if alias is not None:
            targets = alias.named_children if alias.type == "as_pattern_target" else [alias]
            for target in targets:
                self._bind_target(target, scope)

    def _declaration(self, node: Node, scope: Scope) -> None:
        for child in node.named_children:
            text = self.text(child)
            if node.type == "global_statement":
                self.declare_global(text, scope)
                self.usages[self.piece(child)].globals.add(text)
            else:
                self.declare_nonlocal(text, scope)

    def _import(self, node: Node, scope: Scope) -> None:
        module = node.child_by_field_name("module_name")
        source = "__future__" if node.type == "future_import_statement" else self.text(module)
        for child in node.named_children:
            if child == module:
                continue
            if child.type == "wildcard_import":
                self.has_star_import = True
                self.usages[self.piece(child)].has_star_import = True
                continue
            name = child.child_by_field_name("name") if child.type == "aliased_import" else child
            alias = child.child_by_field_name("alias") if child.type == "aliased_import" else None
            if name is None or name.type != "dotted_name":
                continue
            dotted = self.text(name)
            bound = self.text(alias) if alias is not None else dotted.split(".")[0]
            self.bind(bound, scope, child.start_byte)
            renamed = f" as {bound}" if alias is not None else ""
            statement = f"from {source} import {dotted}{renamed}" if source else f"import {dotted}{renamed}"
            self._imports.append((child.start_byte, bound, statement))

    def _case_pattern(self, node: Node, scope: Scope) -> None:
        self._case_children(node.named_children, scope)

    def _class_pattern(self, node: Node, scope: Scope) -> None:
        head, *rest = node.named_children
        self.read(head.named_children[0])
        self.visit(rest, scope)

    def _keyword_pattern(self, node: Node, scope: Scope) -> None:
        self._case_children(node.named_children[1:], scope)

    def _case_children(self, nodes: Sequence[Node], scope: Scope) -> None:
        for child in nodes:
            if child.type == "dotted_name" and len(child.named_children) == 1:
                self.bind_node(child, scope)
            elif child.type == "dotted_name":
                self.read(child.named_children[0])
            elif child.type == "splat_pattern":
                for part in child.named_children:
                    self._bind_target(part, scope)
            else:
                self.visit([child], scope)

    def _string(self, node: Node, scope: Scope) -> None:
        """Only strings with replacement fields hold names."""
        count = node.named_child_count
        if count > PLAIN_STRING or (count == PLAIN_STRING and node.named_children[1].type == "interpolation"):
            self.visit(node.named_children, scope)

    # -- reading -------------------------------------------------------------------------------------------------------

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
