"""Keys, constraints, isolation and grants of factors.

An own factor is read by its enterprise and by the organisation that reviews it. Published tables are everybody's to read;
only authorities write them.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, tenant_isolation

ID = "2026-11-22T11:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of factors"

CONSTRAINTS = """
    alter table factors_own_factor
        add constraint own_factor_once unique (tenant_id, code, version),
        add constraint own_factor_code check (code ~ '^[0-9A-Za-z\\u4e00-\\u9fff][0-9A-Za-z\\u4e00-\\u9fff._/-]*$'),
        add constraint own_factor_value check (value::numeric >= 0 and value::numeric <> 'NaN'),
        add constraint own_factor_days check (ends_on is null or ends_on >= starts_on),
        add constraint own_factor_method check (method in ('measured', 'supplier', 'calculated')),
        add constraint own_factor_evidence check (evidence_sha256 ~ '^[0-9a-f]{64}$' and evidence_bytes > 0);
    create index own_factor_reviewer on factors_own_factor (reviewer_id, id);
    create index own_factor_draft on factors_own_factor (draft_id);

    alter table factors_own_evidence drop constraint factors_own_evidence_pkey,
        add primary key (tenant_id, factor_id, number),
        alter column content set storage external;

    alter table factors_import
        add constraint import_sha256 check (sha256 ~ '^[0-9a-f]{64}$'),
        add constraint import_table check (table_code ~ '^[A-Z0-9][A-Z0-9._-]*$');
    create index import_tenant on factors_import (tenant_id, id desc);
    alter table factors_import_row drop constraint factors_import_row_pkey,
        add primary key (tenant_id, import_id, number),
        add constraint import_row_kind check (kind in ('new', 'changed', 'archived', 'unchanged', 'missing', 'wrong'));
    create index import_row_kind on factors_import_row (tenant_id, import_id, kind, number);

    alter table factors_published
        add constraint published_once unique (tenant_id, table_code, record_key, version),
        add constraint published_days check (ends_on is null or starts_on is null or ends_on >= starts_on);
    create index published_code on factors_published (table_code, record_key, version desc);
"""

OWN = "tenant_id = (select current_tenant())"
AUTHORITY = "(select tenant_is('authority'))"
REVIEWER = "reviewer_id = (select current_tenant())"
_OWN_TABLES = ("factors_own_factor", "factors_own_evidence")
_IMPORT_TABLES = ("factors_import", "factors_import_row", "factors_published")


def _isolation() -> str:
    parts = [tenant_isolation(table, OWN) for table in _OWN_TABLES]
    parts += [readable_when(table, "reviewer", REVIEWER) for table in _OWN_TABLES]
    parts += [tenant_isolation(table, f"{OWN} and {AUTHORITY}") for table in _IMPORT_TABLES]
    parts.append(readable_when("factors_published", "public", "true"))
    return "".join(parts)


def _grants() -> str:
    tables = (*_OWN_TABLES, *_IMPORT_TABLES)
    changeable = {"factors_import": "select, insert, update (draft_id)"}
    parts = [grant(table, changeable.get(table, "select, insert")) for table in tables]
    return "".join(parts + [append_only(table) for table in tables if table not in changeable])


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="factors", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, _isolation(), _grants()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
