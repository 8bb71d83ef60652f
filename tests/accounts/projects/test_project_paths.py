"""Laws of the paths themselves, and of boundaries; no database but for the one comparison."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.database.pool import current_pool
from accounts.projects.boundaries import area_ha, is_overlap, read_parcels
from accounts.projects.documents import checked_file
from accounts.projects.guards import GUARDS
from accounts.projects.routes import KINDS, schemes
from carbon.errors import Conflict, NotPermitted, Problem
from carbon.lifecycle import ROLES, Machine, Move, State
from carbon.text import Text

MACHINES = [scheme.machine(kind) for scheme in schemes().values() for kind in KINDS]
NECESSARY = {
    "ccer.project": {"publish", "close_notice", "validate", "apply", "receive", "register"},
    "ccer.claim": {"draft_report", "publish", "close_notice", "verify", "apply", "receive", "issue"},
    "cqcer.project": {"apply", "receive", "register"},
    "cqcer.claim": {"draft_report", "publish", "verify", "apply", "receive", "issue"},
}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.id)
@given(data=st.data())
def test_no_walk_reaches_registration_without_each_necessary_act(machine, data):
    state, acts = machine.start, []
    for _ in range(30):
        moves = machine.by_source[state]
        if not moves or state == "registered":
            break
        move = data.draw(st.sampled_from(moves))
        acts.append(move.act)
        state = move.target
    if state == "registered":
        assert NECESSARY[machine.id] <= set(acts)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.id)
def test_taking_any_necessary_act_away_makes_registration_unreachable(machine):
    """The exhaustive form of the law above: no other way round exists."""
    for act in NECESSARY[machine.id]:
        left = [move for move in machine.moves if move.act != act]
        reached = {machine.start}
        while more := {move.target for move in left if move.source in reached} - reached:
            reached |= more
        assert "registered" not in reached, act


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.id)
def test_guards_exist_roles_are_known_and_units_need_two_people(machine):
    for move in machine.moves:
        assert set(move.guards) <= set(GUARDS)
        assert move.role in ROLES
        assert move.two_people == (move.act in {"register", "issue", "cancel", "revoke"})
    for state in machine.states.values():
        assert bool(machine.by_source[state.id]) != state.final


def test_what_must_hold_is_asked_where_the_rules_ask_it():
    ccer = schemes()["ccer"]
    asked = {(move.act, move.source): set(move.guards) for move in ccer.claim.moves}
    assert {"another_verifier", "within_window", "in_crediting_period", "energy_once"} <= asked[
        "publish", "report_draft"
    ]
    assert {"another_verifier", "verified_quantity"} <= asked["verify", "verification"]
    assert {"within_window", "quantity_as_verified"} <= asked["apply", "verified"]
    assert {"recomputes", "quantity_as_verified"} <= asked["issue", "under_review"]


async def test_postgresql_knows_exactly_these_moves(database):
    async with database.as_superuser() as connection:
        rows = await connection.fetch("select scheme, kind, source, act, target, role from projects_path")
    written = {
        (scheme.id, kind, move.source, move.act, move.target, move.role)
        for scheme in schemes().values()
        for kind in KINDS
        for move in scheme.machine(kind).moves
    }
    assert {tuple(row) for row in rows} == written
    assert await current_pool().fetchval("select 1") == 1


def test_a_machine_that_is_not_whole_is_refused():
    states = {name: State(name, Text(name, name), final=name == "end") for name in ("start", "end", "lost")}
    move = Move("go", Text("走", "go"), "start", "end", "owner")
    with pytest.raises(ValueError, match="lost"):
        Machine("m", states, (move,), "start")
    whole = Machine("m", {name: states[name] for name in ("start", "end")}, (move,), "start")
    with pytest.raises(NotPermitted, match="project owner"):
        whole.move("start", "go", {"authority"})
    with pytest.raises(Conflict, match="not possible"):
        whole.move("end", "go", {"owner"})


def ring(west=107.0, south=29.0, width=0.01, height=0.01):
    return [
        [west, south], [west + width, south], [west + width, south + height], [west, south + height], [west, south],
    ]  # fmt: skip


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


WRONG = {
    "outside WGS84": polygon([[18_000_000, 3_000_000], [1, 1], [2, 2], [18_000_000, 3_000_000]]),
    "not closed": polygon(ring()[:-1]),
    "no simple polygon": polygon([[107, 29], [107.01, 29.01], [107.01, 29], [107, 29.01], [107, 29]]),
    "antimeridian": polygon([[-179.9, 10], [179.9, 10], [179.9, 11], [-179.9, 11], [-179.9, 10]]),
    "at least four positions": polygon([[1, 1], [2, 2], [1, 1]]),
    "made of Polygon": {"type": "Point", "coordinates": [107, 29]},
    "not \\[longitude": polygon([["a", 1], [2, 2], [3, 1], ["a", 1]]),
    "holds no parcel": {"type": "FeatureCollection", "features": []},
    "each hectare counts once": {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {}, "geometry": polygon(ring())},
        {"type": "Feature", "properties": {}, "geometry": polygon(ring(107.005))},
    ]},
    "another coordinate system": {"type": "Polygon", "crs": {"properties": {"name": "EPSG:3857"}}, "coordinates": [ring()]},
}  # fmt: skip


@pytest.mark.parametrize("said", WRONG)
def test_a_boundary_that_cannot_be_says_what_and_where(said):
    with pytest.raises(Problem, match=said):
        read_parcels(WRONG[said])


def test_holes_are_taken_out_and_areas_are_of_the_sphere():
    [whole] = read_parcels(polygon(ring()))
    [holed] = read_parcels(polygon(ring(), ring(107.002, 29.002, 0.002, 0.002)))
    [hole] = read_parcels(polygon(ring(107.002, 29.002, 0.002, 0.002)))
    assert whole.area_ha == pytest.approx(108.14, abs=0.01)
    assert holed.area_ha == pytest.approx(whole.area_ha - hole.area_ha)
    assert area_ha(whole.polygon) == whole.area_ha


@given(
    shift=st.floats(-0.02, 0.02, allow_nan=False),
    size=st.floats(0.001, 0.01, allow_nan=False),
)
def test_overlap_is_mutual_and_never_more_than_the_smaller(shift, size):
    [one] = read_parcels(polygon(ring()))
    [other] = read_parcels(polygon(ring(107 + shift, 29, size, size)))
    common = is_overlap(one, other)
    assert common == pytest.approx(is_overlap(other, one), rel=1e-6)
    assert common <= min(one.area_ha, other.area_ha) * (1 + 1e-6)
    if abs(shift) > 0.01:
        assert common == 0


def archive(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name.replace("_", "."), content)
    return packed.getvalue()


def test_a_document_is_what_its_bytes_say():
    assert checked_file("../报告.pdf", b"%PDF-1.7 x") == ("报告.pdf", "application/pdf")
    assert checked_file("a.xlsx", archive(a_xml=b"<a/>"))[1] == "application/zip"
    assert checked_file("数据.toml", b"year = 2024")[1] == "application/toml"
    for name, content in (
        ("a.pdf", b"MZ not a pdf"),
        ("a.exe", b"MZ"),
        ("a.txt", b"\xff\xfe\x00"),
        ("a.pdf", b""),
        ("a.zip", b"PK\x03\x04 broken"),
        ("a.xlsx", archive(bomb_xml=b"0" * 10**7)),
        ("a.zip", archive(inner_zip=b"PK")),
    ):
        with pytest.raises(Problem):
            checked_file(name, content)
