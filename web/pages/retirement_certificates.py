"""The certificate of a retirement: a public page for good, the same on paper, and how to check it."""

import asyncio
from urllib.parse import urlsplit

from litestar import Response, get
from litestar.params import FromPath

from accounts.registry import acts, public
from accounts.registry.retirements import Retirement
from carbon.credits import in_words
from carbon.errors import N_
from web.language import Language, language_of, translate
from web.pages import formats
from web.pages.downloads import download
from web.pages.rendering import AnyRequest, named, render
from web.paper import Figures, Paper, Section, Table, Text, paper_pdf, qr_svg
from web.paper.content import Column
from web.registry_words import STATE_WORDS

PUBLIC = {"public": "a certificate is made to be shown to strangers", "recognise": True}
PDF = "application/pdf"


@get("/certificates/{name:str}", opt=PUBLIC, include_in_schema=False)
async def certificate_page(request: AnyRequest, name: FromPath[str]) -> Response[str] | Response[bytes]:
    """One certificate by its number or id; with `.pdf` behind it on paper, with `.svg` its code to scan."""
    if name.endswith(".pdf"):
        return await _on_paper(request, name.removesuffix(".pdf"))
    if name.endswith(".svg"):
        one = await public.read_certificate(name=name.removesuffix(".svg"))
        return Response(qr_svg(_address(request, one)).encode(), media_type="image/svg+xml")
    one = await public.read_certificate(name=name)
    return render(
        request,
        "registry_certificate.html",
        one=one,
        words=in_words(one.quantity_t),
        purpose=acts.PURPOSE_WORDS[one.purpose],
        state_words=STATE_WORDS,
        here=f"/certificates/{one.number}",
    )


async def _on_paper(request: AnyRequest, name: str) -> Response[bytes]:
    one = await public.read_certificate(name=name)
    language = language_of(request)
    pdf = await asyncio.to_thread(
        paper_pdf, certificate_paper(one, language, _address(request, one)), made_at=one.recorded_at
    )
    return download(pdf, f"{one.number}.pdf", PDF)


def certificate_paper(one: Retirement, language: Language, address: str) -> Paper:
    """The certificate as a document; the same certificate gives the same bytes."""

    def said(template: str, **values: object) -> str:
        return translate(language, template, **values)

    retired = one.kind == "retired"
    rows = [
        (said(N_("Holder")), named(language, one, "holder_name")),
        (said(N_("Beneficiary")), one.beneficiary),
        (said(N_("Purpose")), named(language, acts.PURPOSE_WORDS[one.purpose])),
        (said(N_("Retirement statement")), one.statement),
        (said(N_("Project")), f"{one.project_name} ({one.scheme}-{one.project_code})"),
        (said(N_("Year of the reduction")), str(one.vintage_year)),
        (said(N_("In words")), named(language, in_words(one.quantity_t))),
        (said(N_("Day")), formats.day(one.occurred_on, language)),
    ]
    serials = Table(
        (Column(said(N_("Serial numbers")), share=3), Column(said(N_("Tonnes")), "right")),
        tuple((text, formats.number(_size(text), language)) for text in one.serials),
        totals=(said(N_("In all")), formats.number(one.quantity_t, language)),
    )
    check = said(
        N_(
            "Scan the code or open the address: the page there must say the same as this paper. It also leads to the public log, "
            "where anybody can check that these tonnes were issued once and used once."
        )
    )
    return Paper(
        title=said(N_("Certificate of retirement")) if retired else said(N_("Record of cancellation")),
        language="zh" if language == "zh" else "en",
        number=said(N_("No. {number}"), number=one.number),
        issued=formats.instant(one.recorded_at, language),
        headline=(f"{formats.number(one.quantity_t, language)} t CO2e", said(STATE_WORDS[one.kind])),
        sections=(
            Section(said(N_("What was used up")), (Figures(tuple(row for row in rows if row[1])),)),
            Section(said(N_("Every tonne by number")), (serials,)),
            Section(said(N_("How to check this paper")), (Text(f"{check}\n\n{address}"),)),
        ),
        qr_text=address,
        qr_label=said(N_("Check online")),
        foot=one.number,
    )


def _address(request: AnyRequest, one: Retirement) -> str:
    """The permanent address of the certificate, as the reader's browser sees this site."""
    base = urlsplit(str(request.base_url))
    return f"{base.scheme}://{base.netloc}/certificates/{one.number}"


def _size(serial: str) -> int:
    first, last = serial.rsplit("-", 2)[1:]
    return int(last) - int(first) + 1


handlers = [certificate_page]
