"""What Piccolo asks for: the engine and the apps, in the order in which they depend on each other."""

from piccolo.conf.apps import AppRegistry

from accounts.database.engine import DB

__all__ = ["APP_REGISTRY", "DB"]

APP_REGISTRY = AppRegistry(
    apps=[
        "accounts.database.piccolo_app",
        "accounts.ledger.piccolo_app",
        "accounts.transparency.piccolo_app",
        "accounts.identity.piccolo_app",
        "accounts.timing.piccolo_app",
        "accounts.factors.piccolo_app",
        "accounts.registry.piccolo_app",
        "accounts.projects.piccolo_app",
        "accounts.enterprise.piccolo_app",
        "accounts.verification.piccolo_app",
        "accounts.finance.piccolo_app",
        "accounts.inclusion.piccolo_app",
    ]
)
