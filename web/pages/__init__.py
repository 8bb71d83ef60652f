"""Pages for people: server-rendered, in Chinese and English, usable without script but for the charts."""

from web.pages import assets, public, sign_in
from web.pages.rendering import render

page_handlers = [
    assets.read_asset,
    public.home_page,
    public.about_page,
    sign_in.sign_in_page,
    sign_in.do_sign_in,
    sign_in.do_sign_out,
]

__all__ = ["page_handlers", "render"]
