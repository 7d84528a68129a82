"""Frames and layers for the tests of the page: small, made by hand, or as hostile as can be."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from bordermap.schema import CRS, Layer

TEXT_COLUMNS = (
    "incident_id",
    "date_precision",
    "event_type",
    "event_type_reported",
    "place",
    "district",
    "province",
    "country",
    "location_precision_reported",
    "actor_a",
    "actor_b",
    "summary",
    "source_name",
    "source_date",
    "source_url",
    "source_file",
    "record_note",
    "located_by",
    "location_precision",
    "place_id",
    "place_match",
    "location_note",
    "border_side",
    "border_stretch",
    "band",
    "adm0",
    "adm1",
    "adm1_code",
    "adm2",
    "adm2_code",
    "crossing",
)

HOSTILE = (
    "{{7*7}}",
    "{% raw %}{{7*7}}",
    "{{ this._parent.__class__.__mro__ }}",
    "${7*7}",
    "`${window.pwned=1}`",
    "</script><script>window.pwned=1</script>",
    "<!--<script>window.pwned=1",
    "]]><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    "<b>bold</b> & <i>it</i>",
    "'\"><script>window.pwned=1</script>",
    "javascript:window.pwned=1",
    "JaVaScRiPt:window.pwned=1",
    "data:text/html,<script>window.pwned=1</script>",
    'https://example.org/"onmouseover="window.pwned=1',
    "http://user@evil.example/<script>",
    "//evil.example/x",
    "\u2028window.pwned=1\u2029",
    "\u202egnp.exe\u202c",
    "\u0000\u0007\u001b[31m",
    "\ud800 alone",
    "__proto__",
    "constructor",
    "toString",
    '=HYPERLINK("http://evil.example")',
    "a\r\nb\rc",
    "x" * 20_000,
    "{# a comment #}{%- set x = 1 -%}{{ x }}",
    "{{ cycler.__init__.__globals__.os.getcwd() }}",
    "{{ '</script>' }}",
    "#{7*7} <%= 7*7 %> %{7*7}",
    "*/window.pwned=1/*",
    "\\');window.pwned=1;//",
    "\\u003cscript\\u003ewindow.pwned=1\\u003c/script\\u003e",
    "&lt;img src=x onerror=window.pwned=1&gt;&#x3c;svg/onload=window.pwned=1&#x3e;",
    "%3Cscript%3Ewindow.pwned=1%3C/script%3E",
    "--><svg/onload=window.pwned=1>",
    "</style><style>*{display:none}</style>",
    "</textarea></title></noscript><script>window.pwned=1</script>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<base href=https://evil.example/><meta http-equiv=refresh content=0;url=//evil.example>",
    "<a href=javascript:window.pwned=1 ping=//evil.example>here</a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1>",
    "<link rel=stylesheet href=//evil.example/x.css><object data=//evil.example>",
    "vbscript:window.pwned=1",
    "\tjava\tscript:window.pwned=1",
    "blob:https://evil.example/x",
    "file:///etc/passwd",
    "https://evil.example\u2028/<img src=x onerror=window.pwned=1>",
    "http://[::1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\u2066\u202eabc\u2069\u200f",
    "\ufeff\ufffe\uffff\ufdd0",
    "e\u0301\u0301\u0301" * 50,
    "NaN",
    "1e999",
    "null",
    "../../etc/passwd",
)
"""One text of every class that ran, or broke the page, in stock Folium maps."""


def layer(name, names, geometries, **columns):
    table = pd.DataFrame({"name": names, **columns}, dtype=object)
    frame = gpd.GeoDataFrame(table, geometry=geometries, crs=CRS)
    return Layer(name, frame, name.title(), "© Test contributors", "CC0-1.0", "made by hand")


def small_layers():
    """Two provinces with a district each, on either side of a short line; no shipped layer."""
    west, east = shapely.box(69, 32, 70, 34), shapely.box(70, 32, 71, 34)
    line = shapely.LineString([(70, 32), (70, 33), (70, 34)])
    return {
        "neighbours": None,
        "lakes": None,
        "rivers": None,
        "towns": None,
        "map_provinces": layer(
            "map_provinces",
            ["West", "East"],
            [west, east],
            code=["AF-KHO", "PK-KP"],
            country=["AF", "PK"],
            name_ps=["لویدیځ", ""],
        ),
        "map_districts": layer(
            "map_districts",
            ["Near", "Far"],
            [shapely.box(69.5, 32, 70, 34), shapely.box(70, 32, 70.5, 34)],
            code=["AF-KHO-near", "PK-KP-far"],
            country=["AF", "PK"],
        ),
        "map_line": layer("map_line", ["line"], [line]),
        "variants": layer(
            "variants",
            ["a", "b"],
            [
                shapely.LineString([(70, 33), (70.02, 33.2), (70, 33.4)]),
                shapely.LineString([(70, 33), (70, 33.4)]),
            ],
            alignment=["2018", "2026"],
        ),
        "crossings": layer("crossings", ["Gate"], [shapely.Point(70, 33)]),
    }


def frame_of(rows):
    """A frame from dicts; ``at`` is (lon, lat) or None."""
    records = [{key: value for key, value in row.items() if key != "at"} for row in rows]
    points = [shapely.Point(row["at"]) if row.get("at") else None for row in rows]
    # As objects: pandas' own text type refuses lone surrogates, which files may well hold.
    table = pd.DataFrame(records, index=range(len(rows)), dtype=object)
    for name in ("date_start", "date_end"):
        if name in table.columns:
            table[name] = pd.to_datetime(table[name]).astype("datetime64[s]")
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(points, crs=CRS), crs=CRS)


def small_frame():
    """Eight incidents, one of every sort: pin, circle, district, province, one place, unplaced."""
    common = {
        "date_precision": "day",
        "source_name": "Example News",
        "source_url": "https://example.org/a?b=1&c=2",
        "border_side": "AF",
        "border_distance_m": 4000.0,
        "border_km": 12.3,
        "location_radius_m": 1000.0,
        "location_precision": "place",
        "located_by": "place",
    }
    rows = [
        {"event_type": "airstrike", "date_start": "2020-01-05", "at": (69.9, 33.5)},
        {"event_type": "airstrike", "date_start": "2021-02-05", "at": (70.2, 32.4)},
        {"event_type": "shelling", "date_start": "2022-03-05", "at": (70.2, 32.4)},
        {
            "event_type": "protest",
            "date_start": "2023-04-05",
            "at": (69.6, 32.5),
            "location_radius_m": 15000.0,
            "location_precision": "area",
            "border_side": "uncertain",
        },
        {
            "event_type": "armed_clash",
            "date_start": "2024-05-05",
            "at": (70.4, 33.2),
            "location_precision": "district",
            "location_radius_m": 90000.0,
            "place_id": "PK-KP-far",
            "border_side": "PK",
        },
        {
            "event_type": "explosion",
            "date_start": "2024-06-05",
            "at": (69.3, 33.6),
            "location_precision": "province",
            "location_radius_m": 120000.0,
            "place_id": "AF-KHO",
        },
        {
            "event_type": "other",
            "date_start": None,
            "date_precision": "unknown",
            "at": (70.6, 33.8),
            "border_distance_m": 60000.0,
            "border_side": "PK",
        },
        {
            "event_type": "drone_strike",
            "date_start": "2024-07-05",
            "at": None,
            "location_precision": "none",
            "located_by": "none",
            "location_note": "two places bear this name",
            "location_radius_m": None,
            "border_distance_m": None,
            "border_side": None,
        },
    ]
    return frame_of(
        [
            {
                **common,
                "incident_id": f"T-{number}",
                "place": f"Place {number}",
                "summary": f"Summary {number} اسپین بولدک",
                "fatalities_low": 1,
                "fatalities_best": None,
                "fatalities_high": 3,
                **row,
                "date_end": row["date_start"],
            }
            for number, row in enumerate(rows, start=1)
        ]
    )


def hostile_rows(count=200):
    """Rows whose every text is hostile: each text in each column, beside ever other ones."""
    rows = []
    for number in range(count):
        texts = (*HOSTILE[number % len(HOSTILE) :], *HOSTILE)
        row = dict(zip(TEXT_COLUMNS, texts, strict=False))
        row |= {"date_start": f"2024-01-{number % 28 + 1:02}", "date_end": "2024-02-01"}
        row |= {"fatalities_low": texts[0], "match_score": texts[1], "border_km": texts[2]}
        row[texts[0][:40].replace("\ud800", "")] = texts[1]
        row["at"] = (69.2 + number * 0.008, 32.5 + (number % 7) * 0.2) if number % 9 else None
        rows.append(row)
    return frame_of(rows)


def hostile_frame():
    """Every hostile text in every text column, and in the names of columns nobody knows."""
    rows = []
    for number, text in enumerate(HOSTILE):
        row = dict.fromkeys(TEXT_COLUMNS, text)
        row |= {"date_start": "2024-01-01", "date_end": "2024-01-02"}
        row[text[:40].replace("\ud800", "")] = text
        row |= {"fatalities_low": text, "border_distance_m": text, "location_radius_m": text}
        row["at"] = (69.2 + number * 0.05, 32.5 + (number % 7) * 0.2) if number % 5 else None
        rows.append(row)
    return frame_of(rows)
