"""First look at a module: its scopes, and which names each of them binds where. Nothing is evaluated."""

from __future__ import annotations

import ast

from execution.graph.python.project import absolute_name
from execution.graph.python.values import Class, Function, FunctionNode, Scope, Site


class Declarations(ast.NodeVisitor):
    """``scopes``, ``functions`` and ``classes`` by their syntax node."""

    def __init__(self, path: str, name: str, tree: ast.Module) -> None:
        self.path = path
        self.module = Scope("module", name, path, name, None, tree)
        self.scopes: dict[ast.AST, Scope] = {tree: self.module}
        self.functions: dict[ast.AST, Function] = {}
        self.classes: dict[ast.AST, Class] = {}
        self.star_imports: list[str] = []
        self._scope = self.module
        for statement in tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                self.module.future_annotations |= any(alias.name == "annotations" for alias in statement.names)
        self.too_deep: set[ast.stmt] = set()
        """Top level statements nested too deep to walk; they are not declared and must not be run."""
        for statement in tree.body:
            try:
                self.visit(statement)
            except RecursionError:
                self.too_deep.add(statement)
                self._scope = self.module

    def _bind(self, name: str, site: Site) -> None:
        scope = self._scope
        while scope.kind == "comprehension" and scope.parent is not None and name not in scope.cells:
            scope = scope.parent
        scope = scope.elsewhere.get(name, scope)
        scope.cell(name).sites[site] = None

    def _enter(self, node: ast.AST, kind: str, name: str) -> Scope:
        scope = Scope(kind, name, self.path, self.module.module, self._scope, node)  # type: ignore[arg-type]  # a literal
        scope.future_annotations = self.module.future_annotations
        self.scopes[node] = scope
        return scope

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name, Site(self.path, node.lineno, "definition"))
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._function(node, node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        runner = self._scope.runner
        runner.lambdas += 1
        self._function(node, f"<lambda{runner.lambdas}>")

    def _function(self, node: FunctionNode, name: str) -> None:
        arguments = node.args
        for default in [*arguments.defaults, *(value for value in arguments.kw_defaults if value is not None)]:
            self.visit(default)
        outer = self._scope
        owner = self.classes.get(outer.node) if outer.kind == "class" else None
        scope = self._enter(node, "function", name)
        self.functions[node] = Function(scope, node, owner)
        self._scope = scope
        everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for argument in everything:
            if argument is not None:
                self._bind(argument.arg, Site(self.path, argument.lineno, "assignment"))
        body = node.body if isinstance(node.body, list) else [node.body]
        self._declare_outside_names(body)
        for part in body:
            self.visit(part)
        function = self.functions[node]
        function.kept = frozenset(each.arg for each in function.named if len(scope.cells[each.arg].sites) == 1)
        self._scope = outer

    def _declare_outside_names(self, body: list[ast.stmt] | list[ast.expr]) -> None:
        for statement in body:
            if isinstance(statement, (ast.Global, ast.Nonlocal)):
                self.visit(statement)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, Site(self.path, node.lineno, "definition"))
        for expression in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
            self.visit(expression)
        outer = self._scope
        scope = self._enter(node, "class", node.name)
        self.classes[node] = Class(scope, node)
        self._scope = scope
        for statement in node.body:
            self.visit(statement)
        self._scope = outer

    def visit_Global(self, node: ast.Global) -> None:
        for name in node.names:
            self._scope.elsewhere[name] = self.module
            self.module.cell(name)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            outer = self._scope.parent
            nearest = None
            while outer is not None:
                if outer.kind == "function":
                    nearest = nearest or outer
                    if name in outer.cells:
                        break
                outer = outer.parent
            home = outer or nearest
            if home is not None:
                self._scope.elsewhere[name] = home

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        outer = self._scope
        self._scope = self._enter(node, "comprehension", "")
        for generator in node.generators:
            for target in ast.walk(generator.target):
                if isinstance(target, ast.Name):
                    self._scope.cell(target.id).sites[Site(self.path, target.lineno, "assignment")] = None
        self.generic_visit(node)
        self._scope = outer

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id, Site(self.path, node.lineno, "assignment"))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name, Site(self.path, node.lineno, "assignment"))
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self._bind(node.name, Site(self.path, node.lineno, "assignment"))
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name, Site(self.path, node.lineno, "assignment"))

    def visit_Yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        function = self.functions.get(self._scope.runner.node)
        if function is not None:
            function.is_generator = True
        self.generic_visit(node)

    visit_YieldFrom = visit_Yield

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name.split(".")[0]
            module = alias.name if alias.asname else bound
            self._bind(bound, Site(self.path, alias.lineno, "import", module))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = absolute_name(self.path, node.level, node.module)
        for alias in node.names:
            if alias.name == "*":
                self.star_imports.append(module)
            else:
                self._bind(alias.asname or alias.name, Site(self.path, alias.lineno, "import", module, alias.name))
