"""What anybody may read: what this is, for whom, and how its figures come about."""

from litestar import Response, get

from web.pages.rendering import AnyRequest, render

PUBLIC = {"public": "what the site is, for everybody", "recognise": True}


@get("/", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def home_page(request: AnyRequest) -> Response[str]:
    """The chain from an activity to a subsidised loan, and who it is for."""
    return render(request, "home.html")


@get("/about", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def about_page(request: AnyRequest) -> Response[str]:
    """How figures come about, in plain words."""
    return render(request, "about.html")


handlers = [home_page, about_page]
