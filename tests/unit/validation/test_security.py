from __future__ import annotations

import pytest

from execution.validation.security import check_security


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("x = eval(text)", "eval-used"),
        ("exec(text)", "exec-used"),
        ("__import__(name)", "dynamic-import"),
        ("pickle.loads(data)", "unsafe-pickle"),
        ("os.system(f'ls {x}')", "shell-used"),
        ("session.execute(f'SELECT * FROM tasks WHERE id = {key}')", "sql-from-text"),
        ("session.execute(text('DELETE FROM tasks WHERE id = %s' % key))", "sql-from-text"),
        ("cursor.execute('UPDATE tasks SET title = ' + title)", "sql-from-text"),
        ("text('INSERT INTO tasks VALUES ({})'.format(title))", "sql-from-text"),
    ],
)
def test_dangerous_calls_are_found(line: str, code: str) -> None:
    found = check_security("app/a.py", f"import x\n{line}\n")
    assert [(item.line, item.code, item.layer) for item in found] == [(2, code, "security")]
    assert found[0].hint


@pytest.mark.parametrize(
    "line",
    [
        "ast.literal_eval(text)",
        "session.execute(select(Task).where(Task.id == key))",
        "session.execute(text('SELECT * FROM tasks WHERE id = :id'), {'id': key})",
        "text('SELECT 1 FROM ' 'tasks')",
        "print(f'select a row from {name}')",
        "model.evaluate(x)",
        "self.eval(x)",
    ],
)
def test_harmless_calls_are_not(line: str) -> None:
    assert check_security("app/a.py", f"{line}\n") == []


def test_secrets_are_found_in_any_file() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    (found,) = check_security("settings.toml", f"a = 1\nkey = '{key}'\n")
    assert (found.line, found.column, found.code) == (2, 8, "secret-in-code")
    assert check_security("a.pem", "-----BEGIN " + "PRIVATE KEY-----\n")[0].code == "secret-in-code"


def test_a_file_that_does_not_parse_is_searched_for_secrets_only() -> None:
    token = "ghp_" + "a" * 36
    assert [item.code for item in check_security("a.py", f"eval(\n'{token}'")] == ["secret-in-code"]
