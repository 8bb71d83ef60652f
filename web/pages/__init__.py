"""Pages for people: server-rendered, in Chinese and English, usable without script but for the charts."""

from web.pages import assets, audit, consents, funds, jobs, products, public, rates, settings, sign_in
from web.pages.rendering import render

page_handlers = [
    assets.read_asset,
    *public.handlers,
    *sign_in.handlers,
    *settings.handlers,
    *consents.handlers,
    *audit.handlers,
    *jobs.handlers,
    *rates.handlers,
    *products.handlers,
    *funds.handlers,
]

__all__ = ["page_handlers", "render"]
