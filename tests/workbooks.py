"""Workbooks made for the tests, each as a user's spreadsheet program would save it."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter
import xlwt

HEADER = ["Date", "Province", "Place", "Killed"]
KHOST = ["2016-06-12", "Khost", "Zazi Maidan", 3]
PAKTIKA = ["2016-06-13", "Paktika", "Angoor Adda", 0]

ODS = "urn:oasis:names:tc:opendocument:xmlns:"
MIME = "application/vnd.oasis.opendocument.spreadsheet"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/"


def xlsx(fill=None, sheets=None, **options):
    """An XLSX workbook of rows by sheet; ``fill(book, {name: sheet})`` adds to it."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, **options})
    made = {}
    for name, rows in (sheets or {"Incidents": [HEADER, KHOST, PAKTIKA]}).items():
        made[name] = book.add_worksheet(name)
        for number, row in enumerate(rows):
            made[name].write_row(number, 0, row)
    if fill:
        fill(book, made)
    book.close()
    return content.getvalue()


def xls(sheets=None, fill=None):
    """An XLS workbook of rows by sheet."""
    content = io.BytesIO()
    book = xlwt.Workbook()
    made = {}
    for name, rows in (sheets or {"Incidents": [HEADER, KHOST, PAKTIKA]}).items():
        made[name] = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                made[name].write(number, column, cell)
    if fill:
        fill(book, made)
    book.save(content)
    return content.getvalue()


def ods(tables=None, manifest="", hidden=()):
    """An ODS workbook; a table is rows of cells, or its XML, and some of them are hidden."""
    tables = tables or {"Incidents": [HEADER, KHOST, PAKTIKA]}
    body = "".join(
        f"<table:table table:name={quoteattr(name)} table:style-name={_style(name, hidden)}>"
        f"{_ods_rows(rows)}</table:table>"
        for name, rows in tables.items()
    )
    names = " ".join(
        f'xmlns:{name}="{ODS}{name}:1.0"' for name in ("office", "table", "text", "style")
    )
    names += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table"><style:table-properties'
        f' table:display="{shown}"/></style:style>'
        for name, shown in (("shown", "true"), ("hidden", "false"))
    )
    spreadsheet = f"<office:spreadsheet>{body}</office:spreadsheet>"
    return zipped(
        {
            "mimetype": MIME,
            "META-INF/manifest.xml": f'<m xmlns="{ODS}manifest:1.0">{manifest}</m>',
            "content.xml": f"<office:document-content {names}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body>{spreadsheet}"
            "</office:body></office:document-content>",
        }
    )


def _style(name, hidden):
    return '"hidden"' if name in hidden else '"shown"'


def _ods_rows(rows):
    if isinstance(rows, str):
        return rows
    return "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows
    )


def _ods_cell(cell):
    if isinstance(cell, bool):
        said = f'office:value-type="boolean" office:boolean-value="{str(cell).lower()}"'
    elif isinstance(cell, (int, float)):
        said = f'office:value-type="float" office:value="{cell}"'
    elif len(cell) == 10 and cell[4] == cell[7] == "-":
        said = f'office:value-type="date" office:date-value="{cell}"'
    else:
        said = 'office:value-type="string"'
    return f"<table:table-cell {said}><text:p>{escape(str(cell))}</text:p></table:table-cell>"


def bare_xlsx(sheet, workbook_start=""):
    """An XLSX workbook with this XML for its only sheet."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    types = f'<Override PartName="/xl/workbook.xml" ContentType="{kind}"/>'
    sheets = '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheets}</workbook>'
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}content-types">{types}</Types>',
            "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
            "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
            "xl/workbook.xml": f"{workbook_start}{book}",
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>',
        }
    )


def _relation(kind, target):
    one = f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}relationships">{one}</Relationships>'


def text_cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def zipped(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()
