"""Pages for people: server-rendered, in Chinese and English, usable without script but for the charts."""

from web.pages import (
    accounts,
    approvals,
    assets,
    audit,
    bank,
    claims,
    consents,
    flags,
    funds,
    home,
    inbox,
    jobs,
    loan_life,
    loans,
    log,
    plan,
    products,
    profile,
    public,
    quality,
    rates,
    ratings,
    reports,
    second_factor,
    settings,
    sign_in,
    statements,
    totals,
    uploads,
    verification,
)
from web.pages.rendering import render

page_handlers = [
    assets.read_asset,
    *(
        handler
        for room in (
            public,
            sign_in,
            second_factor,
            settings,
            audit,
            approvals,
            inbox,
            home,
            uploads,
            accounts,
            ratings,
            flags,
            quality,
            profile,
            consents,
            loans,
            loan_life,
            claims,
            log,
            bank,
            products,
            funds,
            rates,
            totals,
            jobs,
            verification,
            statements,
            reports,
            plan,
        )
        for handler in room.handlers
    ),
]

__all__ = ["page_handlers", "render"]
