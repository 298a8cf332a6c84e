"""Which atom needs which: names, members, calls and types, found through scopes."""

from __future__ import annotations

import pytest

from execution.atoms import cut
from execution.graph import build
from tests.unit.graph.projects import edge_between, edges_of, graph_of, label


def test_a_call_is_a_control_edge_from_the_needed_to_the_needing() -> None:
    graph = graph_of(a="def f():\n    pass\n\n\ndef g():\n    f()\n")
    assert edges_of(graph) == {("a:f", "a:g", "control")}
    edge = edge_between(graph, "a:f", "a:g", "control")
    assert (edge.line, edge.weight, edge.timing, edge.broken) == (6, 1, "call", False)


def test_a_constant_is_a_data_edge_and_an_annotation_a_type_edge() -> None:
    graph = graph_of(a="class T:\n    pass\n\n\nX = 1\n\n\ndef g(t: T):\n    return X\n")
    assert edges_of(graph) == {("a:X", "a:g", "data"), ("a:T", "a:g", "type")}


def test_a_local_name_hides_the_global_one() -> None:
    graph = graph_of(a="X = 1\n\n\ndef f(X):\n    return X\n\n\ndef g():\n    X = 2\n    return X\n")
    assert edges_of(graph) == set()


def test_text_that_looks_like_a_name_is_none() -> None:
    graph = graph_of(a='def f():\n    pass\n\n\ndef g():\n    """f()"""\n    return "f", {"f": 1}.get, print(f=1)\n')
    assert edges_of(graph) == set()


def test_methods_depend_on_their_class_header_and_on_each_other_through_self() -> None:
    graph = graph_of(
        a="""
        class A:
            def __init__(self):
                self.size = 1

            def f(self):
                return self.size

            def g(self):
                return self.f()
        """
    )
    assert edges_of(graph) == {
        ("a:A", "a:A.__init__", "type"),
        ("a:A", "a:A.f", "type"),
        ("a:A", "a:A.g", "type"),
        ("a:A.__init__", "a:A.f", "data"),
        ("a:A.f", "a:A.g", "control"),
    }


def test_inherited_methods_resolve_to_the_class_that_has_them() -> None:
    graph = graph_of(
        a="""
        class A:
            def f(self):
                pass

        class B(A):
            def g(self):
                self.f()
                super().f()
        """
    )
    assert ("a:A.f", "a:B.g", "control") in edges_of(graph)
    assert edge_between(graph, "a:A", "a:B", "type").timing == "definition"


def test_instances_are_followed_by_assignment_annotation_and_return_type() -> None:
    graph = graph_of(
        a="class A:\n    def f(self):\n        pass\n",
        b="""
        from a import A

        def made():
            x = A()
            x.f()

        def given(x: A):
            x.f()

        def make() -> "A":
            ...

        def returned():
            make().f()
        """,
    )
    assert {target for source, target, type_ in edges_of(graph) if (source, type_) == ("a:A.f", "control")} == {
        "b:made",
        "b:given",
        "b:returned",
    }


def test_a_constructor_call_needs_the_class_and_its_init() -> None:
    graph = graph_of(a="class A:\n    def __init__(self):\n        pass\n\n\ndef g():\n    A()\n")
    assert {("a:A", "a:g", "control"), ("a:A.__init__", "a:g", "control")} <= edges_of(graph)


def test_functions_passed_as_values_are_called_where_they_are_called() -> None:
    graph = graph_of(
        a="""
        def f():
            pass

        def run(action):
            action()

        def main():
            run(f)
        """
    )
    assert edges_of(graph) == {
        ("a:f", "a:main", "data"),
        ("a:run", "a:main", "control"),
        ("a:f", "a:run", "control"),
    }
    assert edge_between(graph, "a:f", "a:run", "control").timing == "callback"


def test_decorators_are_needed_to_define() -> None:
    graph = graph_of(a="def d(f):\n    return f\n\n\n@d\ndef g():\n    pass\n")
    assert edge_between(graph, "a:d", "a:g", "control").timing == "definition"


def test_an_identity_decorator_does_not_mix_what_it_decorates() -> None:
    graph = graph_of(
        a="""
        def mark(cls=None):
            def inner(cls):
                return cls
            if cls is None:
                return inner
            return inner(cls)

        @mark
        class A:
            def __init__(self):
                pass

        @mark
        class B:
            def __init__(self):
                pass

        def use():
            A()
        """
    )
    names = {node.id: label(node) for node in graph.nodes}
    named = {names[edge.source] for edge in graph.edges if names[edge.target] == "a:use" and edge.timing == "call"}
    assert named == {"a:A", "a:A.__init__"}


def test_pieces_of_a_function_need_each_other_in_order() -> None:
    lines = "".join(f"    x{number} = {number}\n" for number in range(30))
    graph = graph_of(a=f"def f():\n{lines}")
    assert [edge.timing for edge in graph.edges] == ["definition"] * (len(graph.nodes) - 1)


def test_the_module_as_it_is_run_is_not_import_time() -> None:
    graph = graph_of(a='def f():\n    pass\n\n\nif __name__ == "__main__":\n    f()\n')
    assert edge_between(graph, "a:f", "a:statement", "control").timing == "call"


def test_properties_operators_and_protocols_are_calls() -> None:
    graph = graph_of(
        a="""
        class A:
            @property
            def size(self):
                return 1

            def __add__(self, other):
                return self

            def __enter__(self):
                return self

            def __exit__(self, *args):
                pass

        def g(a: A):
            a.size
            a + a
            with a:
                pass
        """
    )
    needed = {source for source, target, _ in edges_of(graph) if target == "a:g"}
    assert {"a:A.size", "a:A.__add__", "a:A.__enter__", "a:A.__exit__"} <= needed


def test_files_that_do_not_parse_are_nodes_without_edges() -> None:
    graph = graph_of(a="def (:\n", b="import a\n\nX = a.y\n")
    assert len(graph.nodes) == 3
    assert edges_of(graph) == set()


@pytest.mark.parametrize(
    "statement", ["from pkg.a import y", "from pkg import a", "import pkg.a", "from .a import (\n    x,\n    y,\n)"]
)
def test_who_imports_a_file_that_does_not_parse_needs_the_whole_of_it(statement: str) -> None:
    """It is no module while the others are checked: an import that were judged before it could not be right."""
    graph = graph_of(pkg__init="", pkg__a="def y(:\n", pkg__b=f'"""Words."""\n\n{statement}\n\nX = 1\n')
    assert edges_of(graph, without_imports=False) == {("pkg/a:a.py", "pkg/b:import", "import")}


def test_planned_needs_become_edges_where_nothing_finer_is_found() -> None:
    files = {"a.md": cut("a.md", b"# a\n"), "b.py": cut("b.py", b"X = 1\n\n\ndef f():\n    return X\n")}
    graph = build(files, needs={"b.py": ["a.md", "b.py", "gone.py"], "a.md": []})
    assert edges_of(graph) == {("a.md:a.md", "b:X", "data"), ("a.md:a.md", "b:f", "data"), ("b:X", "b:f", "data")}


def test_planned_needs_add_nothing_to_a_known_edge() -> None:
    files = {"a.py": cut("a.py", b"X = 1\nY = 2\n"), "b.py": cut("b.py", b"from a import X\n\nZ = 1\n")}
    assert build(files, needs={"b.py": ["a.py"]}) == build(files)


def test_deep_expressions_do_not_stop_the_rest() -> None:
    deep = "x = " + "not " * 800 + "f()"
    graph = graph_of(a=f"def f(): ...\n\n\n{deep}\n\n\ndef g():\n    f()\n")
    assert ("a:f", "a:g", "control") in edges_of(graph)


def test_building_twice_gives_the_same_graph() -> None:
    sources = {"a": "from b import g\n\n\ndef f():\n    g()\n", "b": "from a import f\n\n\ndef g():\n    f()\n"}
    assert graph_of(**sources) == graph_of(**sources)


def test_a_property_is_read_as_data() -> None:
    graph = graph_of(
        a="""
        class A:
            @property
            def x(self):
                return B()

        class B:
            def m(self):
                pass

        def use():
            A().x.m()
        """
    )
    assert {(source, type_) for source, target, type_ in edges_of(graph) if target == "a:use"} == {
        ("a:A", "control"),
        ("a:A.x", "data"),
        ("a:B.m", "control"),
    }


def test_what_a_foreign_decorator_made_of_a_decorator_keeps_what_it_decorates() -> None:
    graph = graph_of(
        a="""
        from decorator import decorator

        @decorator
        def opens(method, self):
            return method(self)

        class A:
            @opens
            def run(self):
                return B()

        class B:
            pass

        def use():
            A().run()
        """
    )
    assert ("a:A.run", "a:use", "control") in edges_of(graph)


def test_a_name_imported_in_a_function_leads_to_its_definition() -> None:
    graph = graph_of(a="X = 1\n", b="def f():\n    from a import X\n    return X\n")
    assert {(edge.type, edge.line) for edge in graph.edges} == {("import", 2), ("data", 3)}
