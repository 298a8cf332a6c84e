"""Who binds which name and who reads it: one walk over a TypeScript or JavaScript tree, charged to pieces by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter

from tree_sitter import Language, Node

from execution.atoms.ecmascript.bindings import Bindings
from execution.atoms.ecmascript.kinds import (
    BRANCHES,
    EFFECTS,
    FUNCTION_EXPRESSIONS,
    LEAVES,
    NAMES,
    OUTCOMES,
    PARAMETERS,
    WITH_PARAMETERS,
)
from execution.atoms.ecmascript.known import declared_globals, is_global
from execution.atoms.scopes import Loads, Scope
from execution.atoms.walking import Count, Handler, Step, Table


class NameScan(Bindings):
    """Reads a whole file once; ``usages[i]`` belongs to the piece of index ``i``."""

    def __init__(self, root: Node, data: bytes, starts: Sequence[int], language: Language) -> None:
        self._declared = declared_globals(data)
        super().__init__(root, data, starts, _table(language))

    def is_known(self, name: str, scope: Scope) -> bool:
        return is_global(name) or name in self._declared

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
        for scope, node in self._type_names:
            current: Scope | None = scope
            name = self.text(node)
            root = name.split(".", 1)[0] if "." in name else name
            while current is not None and root not in current.bound:
                current = current.parent
            if current is None or current.kind in ("module", "namespace"):
                self.usages[self.piece(node)].types[name] = None

    def _nested_type(self, node: Node, scope: Scope) -> None:
        first = node.named_children[0]
        while first.named_child_count:
            first = first.named_children[0]
        self.read(first)
        self._type_names.append((scope, node))

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

    def _member(self, node: Node, name: Node, scope: Scope) -> None:
        """A method or field: its class's affair, not a name that code reads."""
        if name.type == "computed_property_name":
            self.visit([name], scope)
        if node.type == "method_definition":
            self.usages[self.piece(name)].definitions += 1

    def _parameters(self, node: Node, inner: Scope) -> None:
        for parameter in node.named_children:
            if parameter.type not in PARAMETERS:
                self.target(parameter, inner)
                continue
            first, *others = parameter.named_children
            if first.type == "identifier":
                self.bind_node(first, inner)
                self.visit(others, inner)
            else:
                pattern = parameter.child_by_field_name("pattern")
                self.target(pattern, inner)
                self.visit_but(parameter, inner, pattern)

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

    # -- reading -------------------------------------------------------------------------------------------------------

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
    "type_identifier": Step.TYPE,
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
