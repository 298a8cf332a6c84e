"""Who binds which name and who reads it: one walk over a TypeScript or JavaScript tree, charged to pieces by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tree_sitter import Node

from execution.atoms.ecmascript.imports import imported_names, reexported_names, required_names
from execution.atoms.ecmascript.known import is_global
from execution.atoms.scopes import Names, Scope
from execution.atoms.source import text_of

BRANCHES = frozenset(
    {
        "if_statement",
        "for_statement",
        "for_in_statement",
        "while_statement",
        "do_statement",
        "catch_clause",
        "switch_case",
        "ternary_expression",
    }
)
SHORT_CIRCUITS = frozenset({"&&", "||", "??"})
OUTCOMES = frozenset({"return_statement", "throw_statement", "yield_expression"})
EFFECTS = frozenset({"call_expression", "new_expression", "await_expression"})
FUNCTION_EXPRESSIONS = frozenset({"function_expression", "generator_function", "arrow_function"})
PATTERNS = frozenset({"object_pattern", "array_pattern", "rest_pattern", "pair_pattern"})


class NameScan(Names):
    """Reads a whole file once; ``usages[i]`` belongs to the piece of index ``i``."""

    def __init__(self, root: Node, piece_of_row: Sequence[int], count: int) -> None:
        super().__init__(piece_of_row, count)
        self._bodies: dict[tuple[Scope, str], int] = {}
        self._types: list[tuple[Scope, str, int]] = []
        self._todo: list[tuple[Node, Scope]] = [(root, self.module)]
        while self._todo:
            node, scope = self._todo.pop()
            handler = HANDLERS.get(node.type)
            if handler is None:
                self.walk(node.named_children, scope)
            else:
                handler(self, node, scope)
        self.resolve()
        self._resolve_types()

    def is_known(self, name: str, scope: Scope) -> bool:
        return is_global(name)

    def note_again(self, name: str, scope: Scope, piece: int) -> None:
        """Overloads, merged interfaces and ``var`` are said more than once; only a second body is a mistake."""

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

    def piece(self, node: Node) -> int:
        return self.piece_of_row[node.start_point.row]

    def walk(self, nodes: Iterable[Node | None], scope: Scope) -> None:
        self._todo.extend([(node, scope) for node in nodes if node is not None][::-1])

    def fields(self, node: Node, scope: Scope, *names: str) -> None:
        self.walk([node.child_by_field_name(name) for name in names], scope)

    def _identifier(self, node: Node, scope: Scope) -> None:
        self.load(text_of(node), scope, self.piece(node))

    def _type_identifier(self, node: Node, scope: Scope) -> None:
        name, piece = text_of(node), self.piece(node)
        self.load(name, scope, piece)
        self._types.append((scope, name, piece))

    def _nested_type(self, node: Node, scope: Scope) -> None:
        first = node.named_children[0]
        while first.named_child_count:
            first = first.named_children[0]
        piece = self.piece(node)
        self.load(text_of(first), scope, piece)
        self._types.append((scope, text_of(node), piece))

    def _skip(self, node: Node, scope: Scope) -> None:
        """Nothing in it is a name."""

    def _branch(self, node: Node, scope: Scope) -> None:
        self.usages[self.piece(node)].complexity += 1
        self.walk(node.named_children, scope)

    def _binary(self, node: Node, scope: Scope) -> None:
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.type in SHORT_CIRCUITS:
            self.usages[self.piece(node)].complexity += 1
        self.walk(node.named_children, scope)

    def _outcome(self, node: Node, scope: Scope) -> None:
        self.usages[self.piece(node)].outcomes += 1
        self.walk(node.named_children, scope)

    def _effect(self, node: Node, scope: Scope) -> None:
        self.usages[self.piece(node)].effects += 1
        self.walk(node.named_children, scope)

    def _annotation(self, node: Node, scope: Scope) -> None:
        self.usages[self.piece(node)].annotations += 1
        self.walk(node.named_children, scope)

    # -- scopes --------------------------------------------------------------------------------------------------------

    def _block(self, node: Node, scope: Scope) -> None:
        self.walk(node.named_children, Scope("block", scope))

    def _loop(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        self.usages[self.piece(node)].complexity += 1
        left = node.child_by_field_name("left")
        if node.child_by_field_name("kind") is not None:
            self.target(left, inner)
            self.walk([child for child in node.named_children if child != left], inner)
        else:
            self.walk(node.named_children, inner)

    def _catch(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        self.usages[self.piece(node)].complexity += 1
        parameter = node.child_by_field_name("parameter")
        self.target(parameter, inner)
        self.walk([child for child in node.named_children if child != parameter], inner)

    def _function(self, node: Node, scope: Scope) -> None:
        """Declarations, expressions, methods, signatures and types of functions."""
        inner = Scope("function", scope)
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        if name is not None and name.type == "identifier":
            self._named(name, inner if node.type in FUNCTION_EXPRESSIONS else scope, has_body=body is not None)
        elif name is not None:
            self._member(node, name, scope)
        if body is not None and body.type == "statement_block":
            self.walk(body.named_children, inner)
        elif body is not None:
            self._todo.append((body, inner))
        parameter = node.child_by_field_name("parameter")
        self.target(parameter, inner)
        for child in reversed(node.named_children):
            if child.type == "formal_parameters":
                self._parameters(child, inner)
            elif child not in (name, body, parameter):
                self._todo.append((child, inner))

    def _named(self, name: Node, scope: Scope, *, has_body: bool) -> None:
        text, piece = text_of(name), self.piece(name)
        self.bind(text, scope, piece)
        self.usages[piece].definitions += 1
        if has_body and self._bodies.setdefault((scope, text), piece) != piece:
            self.usages[piece].redefines.add(text)

    def _member(self, node: Node, name: Node, scope: Scope) -> None:
        """A method or field: its class's affair, not a name that code reads."""
        if name.type == "computed_property_name":
            self._todo.append((name, scope))
        if node.type == "method_definition":
            self.usages[self.piece(name)].definitions += 1

    def _parameters(self, node: Node, inner: Scope) -> None:
        for parameter in node.named_children:
            if parameter.type in ("required_parameter", "optional_parameter"):
                pattern = parameter.child_by_field_name("pattern")
                self.target(pattern, inner)
                self.walk([child for child in parameter.named_children if child != pattern], inner)
            else:
                self.target(parameter, inner)

    def _class(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        if name is not None:
            self._named(name, inner if node.type == "class" else scope, has_body=node.type != "interface_declaration")
        if body is not None:
            self._todo.append((body, inner))
        self.walk([child for child in node.named_children if child not in (name, body)], inner)

    def _field(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        if name is not None:
            self._member(node, name, scope)
        self.walk([child for child in node.named_children if child != name], scope)

    def _enum(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None:
            self._named(name, scope, has_body=False)
        for member in body.named_children if body is not None else ():
            own = member.child_by_field_name("name") if member.type == "enum_assignment" else member
            if own is not None and own.type != "comment":
                inner.bound.setdefault(text_of(own).strip("'\""), set()).add(self.piece(own))
            self.fields(member, inner, "value")

    def _namespace(self, node: Node, scope: Scope) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        while name is not None and name.type == "nested_identifier":
            name = name.named_children[0]
        if name is not None and name.type == "identifier":
            self._named(name, scope, has_body=False)
        if body is not None:
            self.walk(body.named_children, Scope("namespace", scope))

    def _ambient(self, node: Node, scope: Scope) -> None:
        """``declare global`` adds to the scope of the file; other declarations are what they are."""
        for child in reversed(node.named_children):
            if child.type == "statement_block":
                self.walk(child.named_children, scope)
            elif child.type != "property_identifier":
                self._todo.append((child, scope))

    # -- bindings ------------------------------------------------------------------------------------------------------

    def target(self, node: Node | None, scope: Scope) -> None:
        """Bind what a pattern names; defaults in it are read."""
        if node is None:
            return
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            self.bind(text_of(node), scope, self.piece(node))
        elif kind == "pair_pattern":
            self.target(node.child_by_field_name("value"), scope)
            key = node.child_by_field_name("key")
            if key is not None and key.type == "computed_property_name":
                self._todo.append((key, scope))
        elif kind in PATTERNS:
            for child in node.named_children:
                self.target(child, scope)
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            self.target(node.child_by_field_name("left"), scope)
            self.fields(node, scope, "right")
        else:
            self._todo.append((node, scope))

    def _variables(self, node: Node, scope: Scope) -> None:
        home = scope
        if node.type == "variable_declaration":
            while home.kind == "block" and home.parent is not None:
                home = home.parent
        for declarator in node.named_children:
            if declarator.type != "variable_declarator":
                continue
            name = declarator.child_by_field_name("name")
            self.target(name, home)
            if home is self.module:
                self.imported.update(required_names(declarator))
            self.walk([child for child in declarator.named_children if child != name], scope)

    def _parameter(self, node: Node, scope: Scope) -> None:
        """A parameter outside a function: the label of a member of a tuple."""
        pattern = node.child_by_field_name("pattern") or node.child_by_field_name("name")
        self.walk([child for child in node.named_children if child != pattern], scope)

    def _type_parameter(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name") or node.named_children[0]
        self.bind(text_of(name), scope, self.piece(name))
        self.walk([child for child in node.named_children if child != name], scope)

    def _type_alias(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        name = node.child_by_field_name("name")
        if name is not None:
            self._named(name, scope, has_body=False)
        self.walk([child for child in node.named_children if child != name], inner)

    def _import(self, node: Node, scope: Scope) -> None:
        for specifier, bound, statement in imported_names(node):
            self.bind(bound, scope, self.piece(specifier))
            self.imported[bound] = statement

    def _import_alias(self, node: Node, scope: Scope) -> None:
        name, *rest = node.named_children
        self.bind(text_of(name), scope, self.piece(name))
        self.walk(rest, scope)

    def _export(self, node: Node, scope: Scope) -> None:
        if node.child_by_field_name("source") is not None:
            for specifier, bound in reexported_names(node):
                self.usages[self.piece(specifier)].defines[bound] = None
            return
        value = node.child_by_field_name("value")
        if value is not None:
            self.usages[self.piece(value)].defines.setdefault("default")
        self.walk(node.named_children, scope)

    def _export_specifier(self, node: Node, scope: Scope) -> None:
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        self.usages[self.piece(node)].defines[text_of(alias or name)] = None
        self.fields(node, scope, "name")

    # -- reading -------------------------------------------------------------------------------------------------------

    def _assignment(self, node: Node, scope: Scope) -> None:
        usage = self.usages[self.piece(node)]
        usage.effects += 1
        left = node.child_by_field_name("left")
        if left is not None and left.type == "member_expression":
            name = text_of(left)
            if name.startswith(("module.exports", "exports.")):
                usage.defines[name.removeprefix("module.").removeprefix("exports.")] = None
        self.walk(node.named_children, scope)

    def _index_signature(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        self.walk([child for child in node.named_children if child != name], Scope("block", scope))

    def _element(self, node: Node, scope: Scope) -> None:
        """Elements in small letters are the browser's; others are names."""
        name = node.child_by_field_name("name")
        intrinsic = name is not None and name.type == "identifier" and text_of(name)[:1].islower()
        self.usages[self.piece(node)].effects += 1
        self.walk([child for child in node.named_children if not (intrinsic and child == name)], scope)


Handler = Callable[[NameScan, Node, Scope], None]
HANDLERS: dict[str, Handler] = {
    "identifier": NameScan._identifier,
    "shorthand_property_identifier": NameScan._identifier,
    "shorthand_property_identifier_pattern": NameScan._identifier,
    "type_identifier": NameScan._type_identifier,
    "nested_type_identifier": NameScan._nested_type,
    **dict.fromkeys(
        (
            "comment",
            "string",
            "number",
            "regex",
            "property_identifier",
            "jsx_closing_element",
            "jsx_namespace_name",
            "hash_bang_line",
            "statement_identifier",
            "predefined_type",
            "jsx_text",
            "string_fragment",
        ),
        NameScan._skip,
    ),
    **dict.fromkeys(BRANCHES, NameScan._branch),
    **dict.fromkeys(OUTCOMES, NameScan._outcome),
    **dict.fromkeys(EFFECTS, NameScan._effect),
    "binary_expression": NameScan._binary,
    "type_annotation": NameScan._annotation,
    "statement_block": NameScan._block,
    "switch_body": NameScan._block,
    "for_statement": NameScan._block,
    "for_in_statement": NameScan._loop,
    "catch_clause": NameScan._catch,
    **dict.fromkeys(
        (
            "function_declaration",
            "generator_function_declaration",
            "method_definition",
            "function_signature",
            "method_signature",
            "abstract_method_signature",
            "call_signature",
            "construct_signature",
            "function_type",
            "constructor_type",
            *FUNCTION_EXPRESSIONS,
        ),
        NameScan._function,
    ),
    **dict.fromkeys(
        ("class_declaration", "abstract_class_declaration", "class", "interface_declaration"), NameScan._class
    ),
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
    "update_expression": NameScan._effect,
    "index_signature": NameScan._index_signature,
    "jsx_opening_element": NameScan._element,
    "jsx_self_closing_element": NameScan._element,
}
