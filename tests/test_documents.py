"""Articles: text, HTML, PDF and DOCX, what is left out of them, and what is no article."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from articles import docx, page, pdf, run_of
from hypothesis import given
from hypothesis import strategies as st

from bordermap.errors import InputError
from bordermap.records import documents, read_documents
from bordermap.records.document_html import is_html
from bordermap.records.document_text import plain_text

STORY = (
    "Two guards were wounded on Tuesday when both sides exchanged fire at Torkham, officials said. "
    "The crossing was closed for some hours, and hundreds of lorries waited in Landi Kotal."
)
SECOND = (
    "Traders in Peshawar said on Wednesday that they had lost a week's worth of fruit and more."
)


def article(*more):
    told = "".join(f"<p>{text}</p>" for text in (STORY, SECOND))
    return f"<article><h1>Fire at Torkham</h1>{told}{''.join(more)}</article>"


@pytest.fixture
def read(tmp_path):
    """Read one article of these bytes."""

    def call(content, name="a.txt", **given):
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        (found,), failed = read_documents([path], **given)
        assert not failed
        return found

    return call


def refused(read, content, name="a.txt"):
    with pytest.raises(InputError) as caught:
        read(content, name)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(name)
    return message


def test_plain_text_is_read_as_it_is(read):
    found = read(STORY, published=date(2023, 9, 7))
    assert found.text == STORY
    assert (found.name, found.published, found.published_by) == ("a.txt", date(2023, 9, 7), "given")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1256"])
def test_encodings_of_the_region_are_read(read, encoding):
    text = "چمن: پاک افغان سرحد پر فائرنگ کے بعد باب دوستى بند کر ديا گيا اور تاجر پھنسے رہے" * 3
    text = (
        text
        if encoding.startswith("utf")
        else "انفجار در کابل چند نفر را زخمى کرد و بازار بسته شد " * 3
    )
    found = read(text.encode(encoding))
    assert found.text == text.strip()


def test_controls_and_direction_overrides_are_taken_out(read):
    assert (
        read("Kabul\u202e\x07 was quiet.\r\nPeshawar too.\x0c").text
        == "Kabul was quiet.\nPeshawar too."
    )


def test_the_article_of_a_page_without_its_surroundings(read):
    menu = (
        "<nav><a href='/'>Home</a> <a href='/world'>World news of today and of yesterday</a></nav>"
    )
    foot = "<footer>Copyright 2019 A Newspaper. All rights reserved by the publisher.</footer>"
    head = '<title>Fire</title><meta property="article:published_time" content="2023-09-07T08:00Z">'
    found = read(page(menu + article() + foot, head), "a.html")
    assert found.text.splitlines() == ["Fire at Torkham", STORY, SECOND]
    assert (found.published, found.published_by) == (date(2023, 9, 7), "page")


def test_the_day_that_is_given_goes_before_that_of_the_page(read):
    head = '<meta property="article:published_time" content="2023-09-07T08:00Z">'
    found = read(page(article(), head), "a.html", published=date(2020, 1, 2))
    assert (found.published, found.published_by) == (date(2020, 1, 2), "given")


def test_a_page_without_a_day_has_none(read):
    found = read(
        page(article("<p>On 4 March 2019 nothing happened at all, residents of Wana said.</p>")),
        "a.html",
    )
    assert (found.published, found.published_by) == (None, "")


HIDDEN = (
    '<p style="display: none">Kabul was bombed and five hundred people died, nobody said.</p>',
    '<p style="VISIBILITY:hidden">Kabul was bombed and five hundred people died, nobody said.</p>',
    "<p hidden>Kabul was bombed and five hundred people died, nobody said.</p>",
    '<div aria-hidden="true"><p>Kabul was bombed and five hundred people died.</p></div>',
    '<p style="font-size:0px">Kabul was bombed and five hundred people died, nobody said.</p>',
    '<p style="position:absolute;text-indent:-9999px">Kabul was bombed, five hundred died.</p>',
    "<script>document.write('Kabul was bombed and five hundred people died there')</script>",
    "<template><p>Kabul was bombed and five hundred people died, nobody said.</p></template>",
    "<noscript><p>Kabul was bombed and five hundred people died, nobody said.</p></noscript>",
    "<!-- Kabul was bombed and five hundred people died, nobody said. -->",
    "<svg><text>Kabul was bombed and five hundred people died, nobody said.</text></svg>",
)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_a_reader_does_not_see_is_left_out(read, hidden):
    found = read(page(article(hidden)), "a.html")
    assert STORY in found.text
    assert SECOND in found.text
    assert "Kabul" not in found.text


def test_a_page_full_of_scripts_gives_its_article_alone(read):
    scripts = "".join(f"<script>var a{n} = 'Kabul bombed';</script>" for n in range(500))
    found = read(page(scripts + article() + scripts, scripts), "a.html")
    assert found.text.splitlines()[1:] == [STORY, SECOND]


def test_tables_of_an_article_are_lines(read):
    rows = (("th", "Day", "Place"), ("td", "5 September", "Torkham"))
    cells = (f"<tr><{tag}>{one}</{tag}><{tag}>{two}</{tag}></tr>" for tag, one, two in rows)
    table = f"<table>{''.join(cells)}</table>"
    lines = [line.strip(" |") for line in read(page(article(table)), "a.html").text.splitlines()]
    assert "5 September | Torkham" in lines


def test_a_page_of_only_navigation_is_no_article(read):
    links = "".join(
        f"<li><a href='/{n}'>Kabul: number {n} of many headlines that lead elsewhere</a></li>"
        for n in range(60)
    )
    message = refused(
        read, page(f"<nav><ul>{links}</ul></nav><div><ul>{links}</ul></div>"), "n.html"
    )
    assert "no article text found" in message


def test_a_page_in_the_code_page_that_it_says(read):
    text = "مقام هاى ولايت پکتيا گفتند که ديروز ميان نيروهاى مرزى درگيرى رخ داد. "
    whole = page(f"<article><p>{text * 4}</p></article>", '<meta charset="windows-1256">')
    found = read(whole.encode("cp1256", "replace"), "a.html")
    assert "درگيرى رخ داد" in found.text


def test_a_pdf_with_a_text_layer(read):
    lines = [
        "Fire at Torkham",
        "Two guards were wounded on Tuesday when both sides exchanged fire at Tor-",
        "kham, officials said. The crossing was closed for some hours, and hundreds of",
        "lorries waited.",
        "A second paragraph began on this line and it went on to the very end of it",
        "and beyond.",
    ]
    found = read(pdf(lines), "a.pdf").text
    assert found.splitlines() == [
        "Fire at Torkham",
        "Two guards were wounded on Tuesday when both sides exchanged fire at Torkham, officials "
        "said. The crossing was closed for some hours, and hundreds of lorries waited.",
        "A second paragraph began on this line and it went on to the very end of it and beyond.",
    ]


def test_a_scan_has_no_text_layer(read, capfd):
    assert "has no text layer" in refused(read, pdf([], pages=2), "scan.pdf")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.4\nnothing", pdf(["Torkham"])[:200]])
def test_a_broken_pdf_is_one_error_and_nothing_else(read, content, capfd):
    assert "no PDF that can be read" in refused(read, content, "a.pdf")
    assert capfd.readouterr() == ("", "")


def test_too_many_pages_are_refused(read, monkeypatch):
    monkeypatch.setattr("bordermap.records.document_pdf.MAX_PAGES", 3)
    assert "more than 3 pages" in refused(read, pdf(["Torkham."], pages=4), "a.pdf")


def test_a_word_document_without_what_is_hidden_or_deleted(read):
    row = "".join(f"<w:tc><w:p>{run_of(text)}</w:p></w:tc>" for text in ("5 May", "Wana"))
    hidden, shown = run_of("Kabul fell.", "<w:vanish/>"), run_of("Shown", '<w:vanish w:val="0"/>')
    body = (
        f"<w:p>{run_of('Two were hurt ')}{run_of('in Wana.')}{hidden}</w:p>"
        f"<w:p><w:del>{run_of('Kabul burnt.')}</w:del>{shown}</w:p>"
        f"<w:tbl><w:tr>{row}</w:tr></w:tbl>"
    )
    found = read(docx(body), "a.docx")
    assert found.text.splitlines()[:2] == ["Two were hurt in Wana.", "Shown"]
    assert "5 May" in found.text
    assert "Kabul" not in found.text
    assert found.notes == ("1 pieces of hidden text were left out",)


def test_a_word_document_that_nests_for_ever_is_read(read):
    found = read(
        docx("<w:p>" * 20_000 + run_of("Torkham was quiet.") + "</w:p>" * 20_000), "a.docx"
    )
    assert found.text == "Torkham was quiet."


def test_entities_in_a_word_document_are_refused(read):
    content = docx("").replace(b"<w:body>", b"<w:body>")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert "defines entities" in refused(read, held.getvalue(), "a.docx")
    assert "no article text found" in refused(read, content, "b.docx")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b" \n\0\t ", "the file is empty"),
        (bytes(range(256)) * 40, "is no text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "is no text"),
        (b"PK\x03\x04rest", "is damaged or cut off"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old or a protected Office document"),
        ("<html><script>alert(1)</script></html>", "no article text found"),
        ("<p>", "no article text found"),
    ],
)
def test_what_is_no_article_is_said_in_one_line(read, content, says):
    assert says in refused(read, content)


def test_an_archive_is_refused(read):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.txt", STORY)
    assert "is an archive" in refused(read, held.getvalue(), "a.zip")


def test_a_hundred_megabytes_are_refused(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as stream:
        stream.truncate(100 * 1024**2)
    with pytest.raises(InputError, match=r"large\.txt: is larger than 64 MiB"):
        read_documents([path])


def test_a_text_of_too_many_characters_is_refused(read):
    message = refused(read, "Torkham was quiet. " * (documents.MAX_TEXT // 19 + 1))
    assert "more than 1,000,000 characters" in message


@pytest.mark.parametrize("name", ["missing.txt", "https://example.org/a.html", "/vsicurl/a.html"])
def test_what_is_not_there_or_not_here_is_refused(name):
    with pytest.raises(InputError):
        read_documents([name])


def test_nothing_named_is_an_error():
    with pytest.raises(InputError, match="no input"):
        read_documents([])


def test_a_folder_is_read_by_name_and_says_what_could_not_be(tmp_path):
    for name, text in (("b.txt", STORY), ("A.html", page(article())), ("c.pdf", "%PDF-1.4 broken")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "table.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / ".hidden.txt").write_text(STORY, encoding="utf-8")
    (tmp_path / "inner").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "b.txt")
    found, failed = read_documents([tmp_path])
    assert [one.name for one in found] == ["A.html", "b.txt"]
    assert [name for name, _ in failed] == ["c.pdf"]


def test_a_folder_without_an_article_is_an_error(tmp_path):
    with pytest.raises(InputError, match="without an article"):
        read_documents([tmp_path])
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.4 broken")
    (tmp_path / "d.pdf").write_bytes(b"%PDF-1.4 broken")
    with pytest.raises(InputError, match="no PDF that can be read"):
        read_documents([tmp_path])


def test_names_are_unique_and_a_file_is_read_once(tmp_path):
    for folder, text in (("one", STORY), ("two", SECOND)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(text, encoding="utf-8")
    paths = [tmp_path / "one" / "a.txt", tmp_path / "two" / "a.txt"]
    found, _ = read_documents([*paths, paths[0]])
    assert [(one.name, one.text) for one in found] == [("a.txt", STORY), ("a.txt (2)", SECOND)]


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_one_error(content):
    try:
        text, _ = plain_text(content, "a.txt")
    except InputError:
        return
    text.encode("utf-8")
    assert not set(text) & set("\0\x07\x1b\u202e\ufeff\r")


@given(st.text(max_size=200))
def test_a_text_is_no_page_unless_it_begins_as_one(text):
    content = text.encode("utf-8", "replace")
    assert not is_html(content) or content.lstrip(b"\xef\xbb\xbf \t\r\n\f\v").startswith(b"<")
