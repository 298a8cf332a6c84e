"""Who binds which name and who reads it: one walk over a TypeScript or JavaScript tree, charged to pieces by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter

from tree_sitter import Language, Node

from execution.atoms.ecmascript.imports import imported_names, reexported_names, required_names
from execution.atoms.ecmascript.kinds import (
    BRANCHES,
    EFFECTS,
    EXPORTS,
    FUNCTION_EXPRESSIONS,
    LEAVES,
    NAMES,
    OUTCOMES,
    PATTERNS,
    WITH_PARAMETERS,
)
from execution.atoms.ecmascript.known import is_global
from execution.atoms.scopes import Loads, Scope
from execution.atoms.walking import Count, Handler, NameWalk, Step, Table


class NameScan(NameWalk):
    """Reads a whole file once; ``usages[i]`` belongs to the piece of index ``i``."""

    def __init__(self, root: Node, data: bytes, starts: Sequence[int], language: Language) -> None:
        self._bodies: list[tuple[int, Scope, str]] = []
        self._imports: list[tuple[int, str, str]] = []
        self._exports: list[tuple[int, str]] = []
        self._types: list[tuple[Scope, str, int]] = []
        super().__init__(root, data, starts, _table(language))

    def is_known(self, name: str, scope: Scope) -> bool:
        return is_global(name)

    def note_again(self, name: str, scope: Scope, piece: int) -> None:
        """Overloads, merged interfaces and ``var`` are said more than once; only a second body is a mistake."""

    def resolve(self, loads: Loads) -> None:
        """Of several imports of one name the last says where it comes from."""
        self.imported = {bound: statement for _, bound, statement in sorted(self._imports)}
        for start, name in sorted(self._exports):
            self.usages[self.piece_at(start)].defines[name] = None
        super().resolve(loads)
        self._resolve_types()
        self._note_second_bodies()

    def _note_second_bodies(self) -> None:
        first: dict[tuple[Scope, str], int] = {}
        for start, scope, text in sorted(self._bodies, key=itemgetter(0)):
            piece = self.piece_at(start)
            if first.setdefault((scope, text), piece) != piece:
                self.usages[piece].redefines.add(text)

    def _resolve_types(self) -> None:
        """A type that the file or another one gives; parameters of generics are none."""
        for scope, name, piece in self._types:
            current: Scope | None = scope
            root = name.split(".")[0]
            while current is not None and root not in current.bound:
                current = current.parent
            if current is None or current.kind in ("module", "namespace"):
                self.usages[piece].types[name] = None

    # -- walking -------------------------------------------------------------------------------------------------------

    def fields(self, node: Node, scope: Scope, *names: str) -> None:
        found = [node.child_by_field_name(name) for name in names]
        self.visit([child for child in found if child is not None], scope)

    def _type_identifier(self, node: Node, scope: Scope) -> None:
        self.read(node)
        self._types.append((scope, self.text(node), self.piece(node)))

    def _nested_type(self, node: Node, scope: Scope) -> None:
        first = node.named_children[0]
        while first.named_child_count:
            first = first.named_children[0]
        self.read(first)
        self._types.append((scope, self.text(node), self.piece(node)))

    # -- scopes --------------------------------------------------------------------------------------------------------

    def _block(self, node: Node, scope: Scope) -> None:
        self.visit(node.named_children, Scope("block", scope))

    def _loop(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        left = node.child_by_field_name("left")
        if node.child_by_field_name("kind") is not None:
            self.target(left, inner)
            self.visit_but(node, inner, left)
        else:
            self.visit(node.named_children, inner)

    def _catch(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        parameter = node.child_by_field_name("parameter")
        self.target(parameter, inner)
        self.visit_but(node, inner, parameter)

    def _function(self, node: Node, scope: Scope) -> None:
        """Declarations, expressions, methods, signatures and types of functions."""
        inner = Scope("function", scope)
        has_body, name = False, None
        for child in node.named_children:
            kind = child.type
            if kind == "statement_block":
                has_body = True
                self.visit(child.named_children, inner)
            elif kind == "formal_parameters":
                self._parameters(child, inner)
            elif name is None and kind in NAMES and child == node.child_by_field_name("name"):
                name = child
            elif kind == "identifier" and child == node.child_by_field_name("parameter"):
                self.bind_node(child, inner)
            else:
                self.visit([child], inner)
        if name is not None and name.type == "identifier":
            self._named(name, inner if node.type in FUNCTION_EXPRESSIONS else scope, has_body=has_body)
        elif name is not None:
            self._member(node, name, scope)

    def _named(self, name: Node, scope: Scope, *, has_body: bool) -> None:
        text, start = self.text(name), name.start_byte
        self.bind(text, scope, start)
        self.usages[self.piece_at(start)].definitions += 1
        if has_body:
            self._bodies.append((start, scope, text))

    def _member(self, node: Node, name: Node, scope: Scope) -> None:
        """A method or field: its class's affair, not a name that code reads."""
        if name.type == "computed_property_name":
            self.visit([name], scope)
        if node.type == "method_definition":
            self.usages[self.piece(name)].definitions += 1

    def _parameters(self, node: Node, inner: Scope) -> None:
        for parameter in node.named_children:
            if parameter.type in ("required_parameter", "optional_parameter"):
                pattern = parameter.child_by_field_name("pattern")
                self.target(pattern, inner)
                self.visit_but(parameter, inner, pattern)
            else:
                self.target(parameter, inner)

    def _class(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        if name is not None:
            self._named(name, inner if node.type == "class" else scope, has_body=node.type != "interface_declaration")
        if body is not None:
            self.visit([body], inner)
        self.visit_but(node, inner, name, body)

    def _field(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        if name is not None:
            self._member(node, name, scope)
        self.visit_but(node, scope, name)

    def _enum(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None:
            self._named(name, scope, has_body=False)
        for member in body.named_children if body is not None else ():
            own = member.child_by_field_name("name") if member.type == "enum_assignment" else member
            if own is not None and own.type != "comment":
                inner.bound.setdefault(self.text(own).strip("'\""), set()).add(self.piece(own))
            self.fields(member, inner, "value")

    def _namespace(self, node: Node, scope: Scope) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        while name is not None and name.type == "nested_identifier":
            name = name.named_children[0]
        if name is not None and name.type == "identifier":
            self._named(name, scope, has_body=False)
        if body is not None:
            self.visit(body.named_children, Scope("namespace", scope))

    def _ambient(self, node: Node, scope: Scope) -> None:
        """``declare global`` adds to the scope of the file; other declarations are what they are."""
        for child in reversed(node.named_children):
            if child.type == "statement_block":
                self.visit(child.named_children, scope)
            elif child.type != "property_identifier":
                self.visit([child], scope)

    # -- bindings ------------------------------------------------------------------------------------------------------

    def target(self, node: Node | None, scope: Scope) -> None:
        """Bind what a pattern names; defaults in it are read."""
        if node is None:
            return
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            self.bind_node(node, scope)
        elif kind == "pair_pattern":
            self.target(node.child_by_field_name("value"), scope)
            key = node.child_by_field_name("key")
            if key is not None and key.type == "computed_property_name":
                self.visit([key], scope)
        elif kind in PATTERNS:
            for child in node.named_children:
                self.target(child, scope)
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            self.target(node.child_by_field_name("left"), scope)
            self.fields(node, scope, "right")
        else:
            self.visit([node], scope)

    def _variables(self, node: Node, scope: Scope) -> None:
        home = scope
        if node.type == "variable_declaration":
            while home.kind == "block" and home.parent is not None:
                home = home.parent
        for declarator in node.named_children:
            if declarator.type != "variable_declarator":
                continue
            name, *others = declarator.named_children
            self.target(name, home)
            if home is self.module:
                start = declarator.start_byte
                self._imports.extend((start, bound, statement) for bound, statement in required_names(declarator))
            self.visit(others, scope)

    def _parameter(self, node: Node, scope: Scope) -> None:
        """A parameter outside a function: the label of a member of a tuple."""
        pattern = node.child_by_field_name("pattern") or node.child_by_field_name("name")
        self.visit_but(node, scope, pattern)

    def _type_parameter(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name") or node.named_children[0]
        self.bind_node(name, scope)
        self.visit_but(node, scope, name)

    def _type_alias(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        name = node.child_by_field_name("name")
        if name is not None:
            self._named(name, scope, has_body=False)
        self.visit_but(node, inner, name)

    def _import(self, node: Node, scope: Scope) -> None:
        for specifier, bound, statement in imported_names(node):
            start = specifier.start_byte
            self.bind(bound, scope, start)
            self._imports.append((start, bound, statement))

    def _import_alias(self, node: Node, scope: Scope) -> None:
        name, *rest = node.named_children
        self.bind_node(name, scope)
        self.visit(rest, scope)

    def _export(self, node: Node, scope: Scope) -> None:
        if node.child_by_field_name("source") is not None:
            for specifier, bound in reexported_names(node):
                self._exports.append((specifier.start_byte, bound))
            return
        value = node.child_by_field_name("value")
        if value is not None:
            self._exports.append((value.start_byte, "default"))
        self.visit(node.named_children, scope)

    def _export_specifier(self, node: Node, scope: Scope) -> None:
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        self._exports.append((node.start_byte, self.text(alias or name)))
        self.fields(node, scope, "name")

    # -- reading -------------------------------------------------------------------------------------------------------

    def _assignment(self, node: Node, scope: Scope) -> None:
        start = node.start_byte
        if self._data.startswith(EXPORTS, start):
            left = node.child_by_field_name("left")
            if left is not None and left.type == "member_expression":
                name = self.text(left).removeprefix("module.").removeprefix("exports.")
                self._exports.append((start, name))
        self.visit(node.named_children, scope)

    def _index_signature(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        self.visit_but(node, Scope("block", scope), name)

    def _element(self, node: Node, scope: Scope) -> None:
        """Elements in small letters are the browser's; others are names."""
        name = node.child_by_field_name("name")
        intrinsic = name is not None and name.type == "identifier" and self.text(name)[:1].islower()
        self.visit_but(node, scope, name if intrinsic else None)


ACTIONS: Mapping[str, Handler | Step] = {
    "identifier": Step.LOAD,
    "shorthand_property_identifier": Step.LOAD,
    "shorthand_property_identifier_pattern": Step.LOAD,
    "member_expression": Step.FIRST,
    **dict.fromkeys(LEAVES, Step.SKIP),
    "type_identifier": NameScan._type_identifier,
    "nested_type_identifier": NameScan._nested_type,
    "statement_block": NameScan._block,
    "switch_body": NameScan._block,
    "for_statement": NameScan._block,
    "for_in_statement": NameScan._loop,
    "catch_clause": NameScan._catch,
    **dict.fromkeys(WITH_PARAMETERS | FUNCTION_EXPRESSIONS, NameScan._function),
    "class_declaration": NameScan._class,
    "abstract_class_declaration": NameScan._class,
    "class": NameScan._class,
    "interface_declaration": NameScan._class,
    "public_field_definition": NameScan._field,
    "field_definition": NameScan._field,
    "enum_declaration": NameScan._enum,
    "internal_module": NameScan._namespace,
    "module": NameScan._namespace,
    "ambient_declaration": NameScan._ambient,
    "lexical_declaration": NameScan._variables,
    "variable_declaration": NameScan._variables,
    "required_parameter": NameScan._parameter,
    "optional_parameter": NameScan._parameter,
    "type_parameter": NameScan._type_parameter,
    "infer_type": NameScan._type_parameter,
    "mapped_type_clause": NameScan._type_parameter,
    "type_alias_declaration": NameScan._type_alias,
    "import_statement": NameScan._import,
    "import_alias": NameScan._import_alias,
    "export_statement": NameScan._export,
    "export_specifier": NameScan._export_specifier,
    "assignment_expression": NameScan._assignment,
    "augmented_assignment_expression": NameScan._assignment,
    "index_signature": NameScan._index_signature,
    "jsx_opening_element": NameScan._element,
    "jsx_self_closing_element": NameScan._element,
}
COUNTS = {
    **dict.fromkeys(BRANCHES, Count.BRANCH),
    **dict.fromkeys(OUTCOMES, Count.OUTCOME),
    **dict.fromkeys(EFFECTS, Count.EFFECT),
    "type_annotation": Count.ANNOTATION,
    "binary_expression": Count.OPERATOR,
}


@cache
def _table(language: Language) -> Table:
    return Table(language, ACTIONS, COUNTS)
