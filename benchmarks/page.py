"""Build pages and use them in a headless browser with the network off: bytes, seconds, frames.

    python benchmarks/page.py [--rows 1000000] [--case figure|texts|full|sample] [--keep FOLDER]

``figure``: incidents at random within 50 km of the line, with a position to 1e-5 degree, a date, a
type, a precision, one of five radii, a distance, a side, a kilometre, a district and three figures
of deaths. ``full``: the same with every column that ``locate`` adds, and ids. ``texts``: 100,000
with 200 characters of text each. ``sample``: the incidents of the repository. Needs the extra
``test`` and a Chromium. Times in the browser are given twice: as they passed, and as the page's
own thread was busy, which is what they would be on a computer that does nothing else.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from playwright.sync_api import Page, sync_playwright

from bordermap import Border
from bordermap.locate import locate
from bordermap.pipeline import build
from bordermap.render import make_map
from bordermap.render.style import EVENT_STYLES
from bordermap.schema import CRS

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "incidents" / "border_incidents.csv"
REACH_M = 50_000
DEGREE_M = 111_200
DAYS = 8_000
REPEAT = 5
FIGURE = [
    *("date_start", "date_end", "event_type", "location_precision", "location_radius_m"),
    *("border_distance_m", "border_side", "border_km", "adm2"),
    *("fatalities_low", "fatalities_best", "fatalities_high", "geometry"),
]
SYLLABLES = ["tor", "kham", "cha", "man", "spin", "bol", "dak", "kur", "zha", "wara", "mir", "ali"]


def places(count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Points anywhere within 50 km of a random place on the line."""
    border = Border.load()
    lon, lat = border.point_at(rng.uniform(0, border.length_km, count))
    azimuth = rng.uniform(0, 2 * np.pi, count)
    away = REACH_M * np.sqrt(rng.random(count)) / DEGREE_M
    lon = lon + away * np.sin(azimuth) / np.cos(np.radians(lat))
    lat = lat + away * np.cos(azimuth)
    ids = [f"I-{number}" for number in range(count)]
    return gpd.GeoDataFrame({"incident_id": ids}, geometry=gpd.points_from_xy(lon, lat), crs=CRS)


def located(count: int) -> gpd.GeoDataFrame:
    """A located frame with everything that an incident may say but texts."""
    rng = np.random.default_rng(20_171_118)
    frame = locate(places(count, rng))
    day = np.datetime64("2003-01-01", "s") + rng.integers(0, DAYS, count).astype("m8[D]")
    best = rng.geometric(0.3, count)
    known = rng.random(count) > 0.3
    tolls = {
        "low": np.maximum(1, best - rng.integers(0, 2, count)),
        "best": best,
        "high": best + rng.geometric(0.5, count) - 1,
    }
    columns: dict[str, Any] = {
        "date_start": day,
        "date_end": day,
        "event_type": pd.array(rng.choice(list(EVENT_STYLES), count), dtype="string"),
        "location_precision": pd.array(
            rng.choice(["exact", "place", "area", "district"], count), dtype="string"
        ),
        "location_radius_m": rng.choice([500.0, 1000.0, 3000.0, 10000.0, 30000.0], count),
    }
    for name, values in tolls.items():
        columns[f"fatalities_{name}"] = pd.array(np.where(known, values, 0), dtype="Int64")
        columns[f"fatalities_{name}"][~known] = pd.NA
    return frame.assign(**columns)


def with_texts(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add 200 characters to each incident, words made of syllables."""
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(SYLLABLES, size)) for size in rng.integers(1, 4, 4_000)]
    lines = (" ".join(rng.choice(words, 40))[:200] for _ in range(len(frame)))
    return frame.assign(summary=list(lines))


def frame_of(case: str, rows: int) -> gpd.GeoDataFrame:
    """The frame of a case."""
    if case == "sample":
        return build(SAMPLE)[0]
    if case == "texts":
        return with_texts(located(min(rows, 100_000))[FIGURE])
    frame = located(rows)
    return frame[FIGURE] if case == "figure" else frame


class Reader:
    """A page in the browser, and how long what is done there takes."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tools = page.context.new_cdp_session(page)
        self.tools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy_ms(self) -> float:
        metrics = self.tools.send("Performance.getMetrics")["metrics"]
        found = {metric["name"]: metric["value"] for metric in metrics}
        return float(found["TaskDuration"] * 1000)

    def memory_mb(self) -> tuple[float, float]:
        """Objects of the page's scripts, and the arrays that they hold."""
        self.tools.send("HeapProfiler.enable")
        self.tools.send("HeapProfiler.collectGarbage")
        usage = self.tools.send("Runtime.getHeapUsage")
        return usage["usedSize"] / 1e6, usage.get("backingStorageSize", 0) / 1e6

    def timed(self, action: Callable[[], Any]) -> tuple[float, float]:
        """Milliseconds that passed, and that the page's thread was busy."""
        busy, start = self.busy_ms(), perf_counter()
        action()
        return (perf_counter() - start) * 1000, self.busy_ms() - busy

    def change(self, script: str) -> str:
        """Do something to a control; time of its listeners, all views and the map included."""
        runs = [
            self.timed(lambda: self.page.evaluate(f"() => {{ {script} }}")) for _ in range(REPEAT)
        ]
        passed, busy = zip(*runs, strict=True)
        return f"{median(passed):6.0f} ms passed, {median(busy):6.0f} ms busy"

    def frames(self, action: Callable[[], Any]) -> float:
        """Frames a second while something is done."""
        self.page.evaluate(
            "() => { window.frames = 0; window.began = performance.now();"
            "const count = () => { window.frames += 1; requestAnimationFrame(count); }; count(); }"
        )
        action()
        return float(
            self.page.evaluate("() => window.frames / (performance.now() - window.began) * 1000")
        )

    def drag(self) -> None:
        mouse = self.page.mouse
        mouse.move(900, 300)
        mouse.down()
        for step in range(120):
            mouse.move(900 - 2 * step, 300 + step % 40)
        mouse.up()

    def wheel(self) -> None:
        for turn in (-300, -300, 300, 300):
            self.page.mouse.wheel(0, turn)
            self.page.wait_for_timeout(300)


LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"
USABLE = "() => performance.getEntriesByName('bordermap-usable')[0].startTime"

CHANGES = {
    "type": "document.querySelector('.facet-type .choice input').click()",
    "side": "document.querySelector('.facet-side .choice input').click()",
    "precision": "document.querySelector('.facet-precision .choice input').click()",
    "date": "const box = document.querySelector('.facet-date input');"
    "box.value = box.value === '2010-05-05' ? '2010-06-06' : '2010-05-05';"
    "box.dispatchEvent(new Event('change'))",
    "distance": "const box = document.querySelector('#within');"
    "box.selectedIndex = box.selectedIndex === 2 ? 3 : 2; box.dispatchEvent(new Event('change'))",
    "toll": "const box = document.querySelector('#toll'); if (box) {"
    "box.value = box.value === '3' ? '4' : '3'; box.dispatchEvent(new Event('change')) }",
    "everything again": "document.querySelector('.reset').click()",
}


def search(page: Page, words: str) -> None:
    """Type, and wait for the answer."""
    before = page.inner_text(".status")
    page.fill("#search", words)
    while page.inner_text(".status") == before:
        page.wait_for_timeout(10)


def use(path: Path, words: str) -> None:
    """Open a page, do what readers do, say how long each takes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        page = browser.new_context(
            viewport={"width": 1280, "height": 800}, offline=True, locale="en-GB"
        ).new_page()
        reader = Reader(page)
        passed, busy = reader.timed(lambda: opened(page, path))
        # The browser's tools copy what is loaded: 0.2 s for 11 MB, and no reader has them.
        loaded, usable = page.evaluate(LOADED), page.evaluate(USABLE)
        print(
            f"usable           {usable - loaded:6.0f} ms after the browser had loaded it,", end=""
        )
        print(f" {usable:.0f} ms after it was asked for")
        print(f"all there after  {passed:6.0f} ms passed, {busy:6.0f} ms busy, tools included")
        page.wait_for_timeout(1000)
        print("heap             {:6.0f} MB objects, {:.0f} MB arrays".format(*reader.memory_mb()))
        for name, script in CHANGES.items():
            print(f"filter: {name:16s} {reader.change(script)}")
            page.wait_for_timeout(300)
        passed, busy = reader.timed(lambda: search(page, words))
        print(f"text search      {passed:6.0f} ms passed, {busy:6.0f} ms busy")
        page.fill("#search", "")
        page.wait_for_timeout(1000)
        print(f"pan              {reader.frames(reader.drag):6.0f} frames/s")
        print(f"zoom             {reader.frames(reader.wheel):6.0f} frames/s")
        browser.close()


def opened(page: Page, path: Path) -> None:
    page.goto(path.resolve().as_uri())
    page.wait_for_selector("html[data-bordermap-ready]", state="attached", timeout=120_000)


def main() -> None:
    """Build the page of a case, and use it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--case", choices=("figure", "full", "texts", "sample"), default="figure")
    parser.add_argument("--keep", type=Path, help="folder for the page")
    arguments = parser.parse_args()
    frame = frame_of(arguments.case, arguments.rows)
    start, busy = perf_counter(), process_time()
    page = make_map(frame)
    passed, busy = perf_counter() - start, process_time() - busy
    size = len(page.html.encode())
    print(f"{arguments.case}: {len(frame):,} incidents, {size / 1e6:.2f} MB")
    print(f"built in         {passed:6.2f} s passed, {busy:6.2f} s busy")
    with tempfile.TemporaryDirectory() as folder:
        path = (arguments.keep or Path(folder)) / f"{arguments.case}.html"
        page.save(path)
        use(path, {"texts": "torkham chaman", "sample": "torkham"}.get(arguments.case, "khost"))


if __name__ == "__main__":
    main()
