"""The own password and the organisation's people, in the browser."""

from tests.web.cast import PASSWORD, entered, found_city

NEW = "seven slow herons at noon"


async def post(visitor, path, **fields):
    return await visitor.post(f"{path}?lang=en", data={"csrf_token": visitor.csrf_token, **fields})


async def test_a_changed_password_signs_in_and_the_old_one_does_not(visitor, visitors, database):
    await found_city()
    await entered(visitor, "authority")
    wrong = await post(visitor, "/settings/password", current_password="nonsense here", new_password=NEW)
    assert (wrong.status_code, "current password is wrong" in wrong.text) == (401, True)
    weak = await post(visitor, "/settings/password", current_password=PASSWORD, new_password="12345678")
    assert weak.status_code == 422
    done = await post(visitor, "/settings/password", current_password=PASSWORD, new_password=NEW)
    assert done.headers["location"] == "/sign-in?done=password-changed"
    assert (await visitor.get("/api/v1/me")).status_code == 401
    assert (await visitors().sign_in("authority", PASSWORD)).status_code == 401
    assert (await visitors().sign_in("authority", NEW)).status_code == 201


async def test_an_administrator_adds_changes_and_shuts_out(visitor, visitors, database):
    await found_city()
    await entered(visitor, "authority")
    fields = {"login": "he.second", "name": "He <i>", "password": PASSWORD, "role": "member"}
    assert (await post(visitor, "/settings/people", **fields)).status_code == 303
    taken = await post(visitor, "/settings/people", **fields)
    assert (taken.status_code, PASSWORD in taken.text) == (409, False)
    second = await entered(visitors(), "he.second")
    person = (await second.get("/api/v1/me")).json()["person_id"]
    page = (await visitor.get("/settings/people?lang=en")).text
    assert "He &lt;i&gt;" in page
    assert "system administrator" in page
    changed = await post(visitor, f"/settings/people/{person}/role", role="reader")
    assert changed.headers["location"] == "/settings/people?done=role-changed"
    assert (await second.get("/api/v1/me")).status_code == 401
    assert (await post(visitor, f"/settings/people/{person}/second-factor")).status_code == 404
    weak = await post(visitor, f"/settings/people/{person}/password", new_password="12345678")
    assert weak.status_code == 422
    reset = await post(visitor, f"/settings/people/{person}/password", new_password=NEW)
    assert reset.headers["location"] == "/settings/people?done=password-reset"
    assert (await visitors().sign_in("he.second", PASSWORD)).status_code == 401
    assert (await visitors().sign_in("he.second", NEW)).status_code == 201
    own = (await visitor.get("/api/v1/me")).json()["person_id"]
    assert (await post(visitor, f"/settings/people/{own}/password", new_password=NEW)).status_code == 403
    assert (await post(visitor, f"/settings/people/{person}/disable")).status_code == 303
    assert (await visitors().sign_in("he.second", PASSWORD)).status_code == 401


async def test_members_do_not_see_the_people_page(visitor, visitors, database):
    await found_city()
    await entered(visitor, "authority")
    fields = {"login": "he.second", "name": "He", "password": PASSWORD, "role": "member"}
    await post(visitor, "/settings/people", **fields)
    second = await entered(visitors(), "he.second")
    assert (await second.get("/settings/people")).status_code == 403
    assert "/settings/people" not in (await second.get("/settings")).text


async def test_a_bank_has_no_offices_to_give(visitor, database):
    city = await found_city()
    await city.organisation("bank", "bank.admin")
    await entered(visitor, "bank.admin")
    assert "security administrator" not in (await visitor.get("/settings/people?lang=en")).text
    fields = {"login": "bank.second", "name": "Shen", "password": PASSWORD, "role": "auditor"}
    assert (await post(visitor, "/settings/people", **fields)).status_code == 403
