"""House rules that can be read off the source (TX-5, TEN-1)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from piccolo.conf.apps import table_finder

from accounts.database.piccolo_conf import APP_REGISTRY
from accounts.identity.permissions import OrganisationKind, Permission, PersonRole, permissions_of

ROOT = Path(__file__).parents[2]
SENDS_SQL = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "cursor", "prepare"}
NOT_SQL = {"scheduler", "web"}

REVIEWED = {
    "accounts/database/pool.py": "names of roles and databases, checked as identifiers; no request comes here",
    "accounts/database/readiness.py": "names of settings, listed in the module",
    "accounts/ledger/checks.py": "laws of the books, written out in the module",
    "accounts/ledger/procedures.py": "names of the ledger's own functions, given by its modules as literals",
    "accounts/database/roles.py": "names and passwords of roles, derived in code; no request comes here",
}
"""Files whose SQL is put together from more than constants, and why no value of a request can get in."""


def sources(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from (p for p in sorted((ROOT / room).rglob("*.py")) if "piccolo_migrations" not in p.parts)


def is_constant(node: ast.expr, known: frozenset[str] = frozenset()) -> bool:
    """A literal, a CONSTANT of the module, a `known` name, or such put together."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return name in known or name.lstrip("_").isupper()
    joins = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join"
    parts = {
        ast.JoinedStr: lambda: node.values,
        ast.FormattedValue: lambda: [node.value],
        ast.BinOp: lambda: [node.left, node.right] if isinstance(node.op, ast.Add) else [node.op],
        ast.IfExp: lambda: [node.body, node.orelse],
        ast.Call: lambda: [node.func.value, *node.args],
    }
    if type(node) in parts and (joins or not isinstance(node, ast.Call)):
        return all(is_constant(part, known) for part in parts[type(node)]())
    return isinstance(node, ast.Constant)


def assigned(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """What each plain name of the module or function is set to, anywhere."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def built_sql(tree: ast.AST) -> list[int]:
    """Lines that send a statement put together there, or earlier in the module, from values."""
    values = assigned(tree)
    known = frozenset(name for name, given in values.items() if all(map(is_constant, given)))

    def is_glued(node: ast.expr) -> bool:
        return isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call) and not is_constant(node, known)

    glued = {name for name, given in values.items() if any(map(is_glued, given))}
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            statement = node.args[0]
            from_name = isinstance(statement, ast.Name) and statement.id in glued
            if node.func.attr in SENDS_SQL and (from_name or is_glued(statement)):
                lines.append(node.lineno)
    return lines


def test_sql_is_never_put_together_from_values():
    found = {}
    for path in sources("accounts"):
        name = path.relative_to(ROOT).as_posix()
        lines = built_sql(ast.parse(path.read_text("utf-8")))
        if lines and name not in REVIEWED:
            found[name] = lines
    assert found == {}, "pass values as $1, $2 …; take identifiers from constants"


@pytest.mark.parametrize(
    ("code", "clean"),
    [
        ('c.execute("select 1")', True),
        ('c.fetch(f"select {_COLUMNS} from t where id = $1", value)', True),
        ('c.fetch(_SELECT + "where id = $1", value)', True),
        ("c.fetch(f\"select * from t where name = '{name}'\")", False),
        ('c.fetch("select * from t where name = %s" % name)', False),
        ('c.fetch("select * from t order by " + order)', False),
        ('c.fetch("select * from {}".format(table))', False),
        ('q = f"select {name}"; c.fetch(q)', False),
        ('q = "select " + name; c.fetch(q)', False),
        ('q = "select 1"; c.fetch(q)', True),
        ('names = ", ".join(GROUP); c.fetch(f"select {names} from t")', True),
        ('names = ", ".join(asked); c.fetch(f"select {names} from t")', False),
        ('order = "name"; order = asked; c.fetch(f"select 1 order by {order}")', False),
    ],
)
def test_the_check_above_tells_values_from_constants(code, clean):
    assert (built_sql(ast.parse(code)) == []) == clean


def test_no_door_sends_sql_or_opens_transactions():
    """Only use-cases do; a door that opened a transaction could choose the tenant."""
    for path in sources("web", "scheduler"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "accounts.database.transactions":
                pytest.fail(f"{path.relative_to(ROOT)}:{node.lineno} imports the transaction helper")


def test_every_room_with_tables_is_registered_and_finds_all_of_them():
    registered = {name.removesuffix(".piccolo_app") for name in APP_REGISTRY.apps}
    apps = {
        ".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "accounts").rglob("piccolo_app.py")
    }
    tables = {
        ".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "accounts").rglob("tables.py")
    }
    assert apps == registered
    assert tables <= registered
    for room in sorted(tables):
        known = set(APP_REGISTRY.get_app_config(room.rpartition(".")[2]).table_classes)
        assert known == set(table_finder([f"{room}.tables"], exclude_imported=True)), room


def test_every_migration_names_its_own_app_and_no_two_share_an_id():
    seen = set()
    for path in sorted((ROOT / "accounts").glob("*/piccolo_migrations/*.py")):
        if path.name == "__init__.py":
            continue
        room = path.parent.parent.name
        tree = ast.parse(path.read_text("utf-8"))
        names = {
            keyword.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for keyword in node.keywords
            if keyword.arg == "app_name" and isinstance(keyword.value, ast.Constant)
        }
        [identifier] = [
            node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "ID"
        ]
        assert names == {room}, path.name
        assert (room, identifier) not in seen
        seen.add((room, identifier))
    assert len(seen) >= 3


def test_permissions_are_a_list_to_read():
    names = [permission.value for permission in Permission]
    assert names == sorted(names)
    assert [permission.name for permission in Permission] == [
        name.replace(":", "_").replace("-", "_").upper() for name in names
    ]


def test_every_permission_is_granted_to_somebody_and_none_to_a_citizen_by_accident():
    granted = set(permissions_of(None, PersonRole.CITIZEN))
    for kind in OrganisationKind:
        for role in set(PersonRole) - {PersonRole.CITIZEN}:
            granted |= permissions_of(kind, role)
    assert granted == set(Permission)
    assert permissions_of(None, PersonRole.CITIZEN) == {
        Permission.SECOND_FACTOR_USE,
        Permission.SELF_READ,
        Permission.SESSION_MANAGE,
        Permission.FACTOR_READ,
        Permission.INCLUSION_TAKE_PART,
    }


def test_a_reader_may_do_nothing_that_a_member_may_not():
    for kind in OrganisationKind:
        reader, member, administrator = (
            permissions_of(kind, role)
            for role in (PersonRole.READER, PersonRole.MEMBER, PersonRole.ADMINISTRATOR)
        )
        assert reader <= member <= administrator


def test_every_permission_can_be_shown_in_words():
    from web.pages.settings import PERMISSIONS_IN_WORDS

    assert set(PERMISSIONS_IN_WORDS) == set(Permission)
