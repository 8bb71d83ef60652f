"""`carbon log` as an operator meets it: a key to publish, a check, an export that the stand-alone verifier accepts."""

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from accounts.database.settings import DatabaseSettings
from web.commands import log as commands
from web.commands import main

VERIFIER = Path(__file__).parents[2] / "web" / "static" / "verify_log.py"


def carbon(*arguments):
    return CliRunner().invoke(main, ["log", *map(str, arguments)], catch_exceptions=False)


def test_key_check_and_export_of_a_log(server, template, database_settings, tmp_path, monkeypatch):
    import asyncio

    from accounts.transparency.signing import log_key
    from tests.accounts.transparency.books import post, sequenced
    from tests.conftest import Database, copied_database

    monkeypatch.delenv("CARBON_LOG_KEY", raising=False)
    monkeypatch.setenv("CARBON_HOME", str(tmp_path))
    settings = DatabaseSettings(home=tmp_path, role_prefix=database_settings.role_prefix)

    async def filled(database: Database):
        from accounts.database.pool import close_pool, open_pool
        from accounts.database.roles import Role
        from carbon.identifiers import new_id

        await open_pool(database.admin_url, Role.WEB, settings)
        await post(new_id(), 4)
        await sequenced(database, key=log_key(tmp_path))
        await close_pool()

    async def run():
        async with copied_database(server, template, settings) as database:
            await filled(database)
            monkeypatch.setenv("DATABASE_URL", database.admin_url)
            await asyncio.to_thread(checked, tmp_path)
            async with database.as_superuser() as admin:
                await admin.execute("alter table ledger_entry disable trigger all")
                await admin.execute("update ledger_entry set memo = 'changed' where key = 'first 1'")
            found = await asyncio.to_thread(carbon, "check")
            assert found.exit_code == 1
            assert "a row of ledger.entry is what its leaf committed to" in found.output

    asyncio.run(run())


def checked(folder):
    key = carbon("key").output.strip()
    assert key.startswith("inclusive-carbon+")
    assert "5 leaves, 1 heads and 4 rows agree; 0 wait." in carbon("check", "--key", key).output
    export = folder / "export.jsonl"
    assert "5 records written" in carbon("export", export).output
    done = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, "export", export, "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "OK")
    assert commands.PAGE > 5
