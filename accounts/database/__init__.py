"""The one way to the database: server, roles, pool, transactions, migrations."""

import os

os.environ.setdefault("PICCOLO_CONF", "accounts.database.piccolo_conf")
