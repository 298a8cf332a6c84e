"""Who binds which name and who reads it: one walk over a Python tree, charged to pieces by row."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Sequence
from unicodedata import normalize

from tree_sitter import Node

from execution.atoms.scopes import Names, Scope

BUILTINS = frozenset(dir(builtins)) | {
    "__file__",
    "__path__",
    "__class__",
    "__annotations__",
    "__builtins__",
    "reveal_type",
}
BRANCHES = frozenset(
    {
        "if_statement",
        "elif_clause",
        "for_statement",
        "while_statement",
        "except_clause",
        "except_group_clause",
        "case_clause",
        "boolean_operator",
        "conditional_expression",
        "for_in_clause",
        "if_clause",
    }
)
OUTCOMES = frozenset({"return_statement", "raise_statement", "assert_statement", "yield", "delete_statement"})
COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)
PATTERNS = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "tuple", "list"})
WORD = re.compile(r"[^\W\d]\w*")


class NameScan(Names):
    """Reads a whole file once; ``usages[i]`` belongs to the piece of index ``i``."""

    def __init__(self, root: Node, piece_of_row: Sequence[int], count: int) -> None:
        super().__init__(piece_of_row, count)
        self._todo: list[tuple[Node, Scope]] = [(root, self.module)]
        while self._todo:
            node, scope = self._todo.pop()
            self._visit(node, scope)
        self.resolve()

    # -- walking -------------------------------------------------------------------------------------------------------

    def _piece(self, node: Node) -> int:
        return self.piece_of_row[node.start_point.row]

    def _visit(self, node: Node, scope: Scope) -> None:
        kind = node.type
        if kind == "identifier":
            self._load(node, scope)
            return
        if kind in BRANCHES:
            self.usages[self._piece(node)].complexity += 1
        elif kind in OUTCOMES:
            self.usages[self._piece(node)].outcomes += 1
        elif kind == "call":
            self.usages[self._piece(node)].effects += 1
        handler = HANDLERS.get(kind)
        if handler is not None:
            handler(self, node, scope)
        else:
            self._push(node.named_children, scope)

    def _push(self, nodes: Sequence[Node], scope: Scope) -> None:
        self._todo.extend((node, scope) for node in reversed(nodes))

    def _load(self, node: Node, scope: Scope) -> None:
        self.load(_text(node), scope, self._piece(node))

    def _bind(self, node: Node, scope: Scope, name: str | None = None) -> None:
        self.bind(_text(node) if name is None else name, scope, self._piece(node))

    def _bind_target(self, node: Node | None, scope: Scope) -> None:
        if node is None:
            return
        if node.type == "identifier":
            self._bind(node, scope)
        elif node.type in PATTERNS:
            for child in node.named_children:
                self._bind_target(child, scope)
        else:
            self._todo.append((node, scope))

    def is_known(self, name: str, scope: Scope) -> bool:
        return name in BUILTINS or (name in _CLASS_NAMES and scope.kind == "class")

    # -- definitions ---------------------------------------------------------------------------------------------------

    def _function(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        inner = Scope("function", scope)
        outer = scope if node.child_by_field_name("type_parameters") is None else inner
        if name is not None:
            self._bind(name, scope)
            self.usages[self._piece(name)].definitions += 1
        body = node.child_by_field_name("body")
        rest = [child for child in node.named_children if child not in (name, body)]
        if body is not None:
            self._todo.append((body, inner))
        for child in rest:
            if child.type in ("parameters", "lambda_parameters"):
                self._parameters(child, outer, inner)
            elif child.type == "type_parameter":
                self._type_parameters(child, inner)
            else:
                self._todo.append((child, outer))

    def _parameters(self, node: Node, outer: Scope, inner: Scope) -> None:
        for parameter in node.named_children:
            if parameter.type == "identifier":
                self._bind(parameter, inner)
            elif parameter.type in ("typed_parameter", "list_splat_pattern", "dictionary_splat_pattern"):
                self._typed_parameter(parameter, outer, inner)
            elif parameter.type in ("default_parameter", "typed_default_parameter"):
                self._bind_target(parameter.child_by_field_name("name"), inner)
                for label in ("type", "value"):
                    child = parameter.child_by_field_name(label)
                    if child is not None:
                        self._todo.append((child, outer))

    def _typed_parameter(self, node: Node, outer: Scope, inner: Scope) -> None:
        for child in node.named_children:
            if child.type == "type":
                self._todo.append((child, outer))
            elif child.type == "identifier":
                self._bind(child, inner)
            else:
                self._typed_parameter(child, outer, inner)

    def _type_parameters(self, node: Node, inner: Scope) -> None:
        for child in node.named_children:
            first = child
            while first.type != "identifier" and first.named_children:
                first, *bounds = first.named_children
                self._push(bounds, inner)
            if first.type == "identifier":
                self._bind(first, inner)

    def _class(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        bases = node.child_by_field_name("superclasses")
        generic = node.child_by_field_name("type_parameters")
        body = node.child_by_field_name("body")
        outer = scope
        if name is not None:
            self._bind(name, scope)
            self.usages[self._piece(name)].definitions += 1
        if generic is not None:
            outer = Scope("function", scope)
            self._type_parameters(generic, outer)
        if body is not None:
            self._todo.append((body, Scope("class", outer)))
        if bases is not None:
            for base in bases.named_children:
                if base.type in ("identifier", "attribute", "subscript"):
                    self.usages[self._piece(base)].types.update(dict.fromkeys(_dotted_names(_text(base))))
            self._todo.append((bases, outer))

    def _lambda(self, node: Node, scope: Scope) -> None:
        inner = Scope("function", scope)
        parameters = node.child_by_field_name("parameters")
        body = node.child_by_field_name("body")
        if body is not None:
            self._todo.append((body, inner))
        if parameters is not None:
            self._parameters(parameters, scope, inner)

    def _comprehension(self, node: Node, scope: Scope) -> None:
        self._push(node.named_children, Scope("function", scope))

    def _type_alias(self, node: Node, scope: Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None:
            first = left
            while first.type != "identifier" and first.named_children:
                first = first.named_children[0]
            self._bind(first, scope)
            inner = Scope("function", scope)
            for word in WORD.findall(_text(left))[1:]:
                self._bind(left, inner, word)
            if right is not None:
                self._todo.append((right, inner))

    # -- bindings ------------------------------------------------------------------------------------------------------

    def _assignment(self, node: Node, scope: Scope) -> None:
        for label in ("right", "type"):
            child = node.child_by_field_name(label)
            if child is not None:
                self._todo.append((child, scope))
        left = node.child_by_field_name("left")
        if left is not None and left.type not in ("identifier", *PATTERNS):
            self.usages[self._piece(left)].effects += 1
        self._bind_target(left, scope)

    def _augmented(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        if left is not None and left.type == "identifier":
            self._load(left, scope)
        self._assignment(node, scope)

    def _walrus(self, node: Node, scope: Scope) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if value is not None:
            self._todo.append((value, scope))
        if name is not None:
            self._bind(name, scope)

    def _loop(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        self._push([child for child in node.named_children if child != left], scope)
        self._bind_target(left, scope)

    def _as_pattern(self, node: Node, scope: Scope) -> None:
        alias = node.child_by_field_name("alias")
        if alias is None and node.named_children[-1].type == "identifier":
            alias = node.named_children[-1]
        for child in node.named_children:
            if child != alias:
                self._todo.append((child, scope))
        if alias is not None:
            targets = alias.named_children if alias.type == "as_pattern_target" else [alias]
            for target in targets:
                self._bind_target(target, scope)

    def _declaration(self, node: Node, scope: Scope) -> None:
        for child in node.named_children:
            text = _text(child)
            if node.type == "global_statement":
                scope.elsewhere[text] = self.module
                self.usages[self._piece(child)].globals.add(text)
            else:
                scope.elsewhere[text] = self._enclosing(scope, text)

    def _enclosing(self, scope: Scope, name: str) -> Scope:
        """The function around ``scope`` that binds a ``nonlocal`` name; the nearest one if it binds it only later."""
        around = []
        outer = scope.parent
        while outer is not None:
            if outer.kind == "function":
                around.append(outer)
            outer = outer.parent
        return next((function for function in around if name in function.bound), around[0] if around else self.module)

    def _import(self, node: Node, scope: Scope) -> None:
        module = node.child_by_field_name("module_name")
        source = "__future__" if node.type == "future_import_statement" else _text(module)
        for child in node.named_children:
            if child == module:
                continue
            if child.type == "wildcard_import":
                self.has_star_import = True
                self.usages[self._piece(child)].has_star_import = True
                continue
            name = child.child_by_field_name("name") if child.type == "aliased_import" else child
            alias = child.child_by_field_name("alias") if child.type == "aliased_import" else None
            if name is None or name.type != "dotted_name":
                continue
            dotted = _text(name)
            bound = _text(alias) if alias is not None else dotted.split(".")[0]
            self._bind(child, scope, bound)
            renamed = f" as {bound}" if alias is not None else ""
            statement = f"from {source} import {dotted}{renamed}" if source else f"import {dotted}{renamed}"
            self.imported.setdefault(bound, statement)

    def _case_pattern(self, node: Node, scope: Scope) -> None:
        self._case_children(node.named_children, scope)

    def _class_pattern(self, node: Node, scope: Scope) -> None:
        head, *rest = node.named_children
        self._load(head.named_children[0], scope)
        self._push(rest, scope)

    def _keyword_pattern(self, node: Node, scope: Scope) -> None:
        self._case_children(node.named_children[1:], scope)

    def _case_children(self, nodes: Sequence[Node], scope: Scope) -> None:
        for child in nodes:
            if child.type == "dotted_name" and len(child.named_children) == 1:
                self._bind(child, scope)
            elif child.type == "dotted_name":
                self._load(child.named_children[0], scope)
            elif child.type == "splat_pattern":
                for part in child.named_children:
                    self._bind_target(part, scope)
            else:
                self._todo.append((child, scope))

    # -- reading -------------------------------------------------------------------------------------------------------

    def _attribute(self, node: Node, scope: Scope) -> None:
        target = node.child_by_field_name("object")
        if target is not None:
            self._todo.append((target, scope))

    def _keyword_argument(self, node: Node, scope: Scope) -> None:
        value = node.child_by_field_name("value")
        if value is not None:
            self._todo.append((value, scope))

    def _type(self, node: Node, scope: Scope) -> None:
        usage = self.usages[self._piece(node)]
        usage.annotations += 1
        usage.types.update(dict.fromkeys(_dotted_names(_text(node))))
        self._push(node.named_children, scope)


_CLASS_NAMES = frozenset({"__module__", "__qualname__"})


def _text(node: Node | None) -> str:
    """A name as Python sees it: NFKC."""
    if node is None or node.text is None:
        return ""
    text = node.text.decode("utf-8", "surrogateescape")
    return text if text.isascii() else normalize("NFKC", text)


def _dotted_names(annotation: str) -> list[str]:
    """The class names in an annotation, strings in it included."""
    return [word for word in re.findall(r"[^\W\d]\w*(?:\.\w+)*", annotation) if word not in TYPE_WORDS]


TYPE_WORDS = frozenset({"None", "True", "False", "and", "or", "not", "if", "else", "lambda"})

HANDLERS: dict[str, Callable[[NameScan, Node, Scope], None]] = {
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
    "attribute": NameScan._attribute,
    "keyword_argument": NameScan._keyword_argument,
    "type": NameScan._type,
}
