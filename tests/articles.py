"""Articles in every format that is read, written by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

__all__ = ["docx", "page", "pdf", "run_of"]


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def docx(body: str) -> bytes:
    part = (
        '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w='
        '"http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>"
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in (("[Content_Types].xml", "<Types/>"), ("word/document.xml", part)):
            archive.writestr(zipfile.ZipInfo(name), content)
    return held.getvalue()


def run_of(text: str, marks: str = "") -> str:
    """A run of text in a Word document."""
    return f"<w:r><w:rPr>{marks}</w:rPr><w:t>{text}</w:t></w:r>"


def pdf(lines: Sequence[str], pages: int = 1) -> bytes:
    """A PDF of one font, a line of text below the other on each page."""
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    stream = f"BT /F1 11 Tf 40 780 Td {shown} ET" if lines else "0 0 10 10 re f"
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(pages):
        content = f"/Contents {5 + 2 * number} 0 R /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {content} >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n"
    rows = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size, at = len(objects) + 1, len(out)
    out += f"xref\n0 {size}\n0000000000 65535 f \n{rows}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return f"{out}startxref\n{at}\n%%EOF\n".encode("latin-1")
