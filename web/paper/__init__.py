"""Documents on paper: statements, certificates, letters and reports as PDF, set by Typst with fonts that show Chinese."""

from web.paper.content import Column, Figures, Paper, Section, Table, Text
from web.paper.setting import paper_pdf, qr_svg

__all__ = ["Column", "Figures", "Paper", "Section", "Table", "Text", "paper_pdf", "qr_svg"]
