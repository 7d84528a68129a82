"""Packed tables read back, as static/table.js and static/unpack.js read them."""

from __future__ import annotations

import base64
import json
import zlib
from collections import defaultdict

import numpy as np

ARRAYS = {1: np.uint8, 2: np.uint16, 4: np.uint32}


def blocks_of(name, table):
    """The blocks that a page would hold."""
    blocks = {name: json.dumps(table.meta), f"{name}-words": table.words}
    blocks |= {f"{name}-columns-{n}": block for n, block in enumerate(table.columns)}
    return blocks | {f"{name}-texts-{n}": chunk for n, chunk in enumerate(table.chunks)}


def inflated(text):
    return zlib.decompress(base64.b64decode(text))


def columns_of(blocks, name):
    """Values of a packed table by column: numbers, words, or None where missing."""
    meta = json.loads(blocks[name])
    dictionaries = json.loads(inflated(blocks[f"{name}-words"])) if meta["hasWords"] else []
    stored = _stored(blocks, name, meta)
    if meta["order"] in stored:
        days = stored[meta["order"]][1]
        order = sorted(range(meta["rows"]), key=lambda row: (days[row] == 0, days[row]))
        stored = {key: (column, [v[row] for row in order]) for key, (column, v) in stored.items()}
    found = {
        key: [_value(column, value, dictionaries) for value in values]
        for key, (column, values) in stored.items()
    }
    return defaultdict(lambda: [None] * meta["rows"], found)  # columns without a value are left out


def _stored(blocks, name, meta):
    """Description and integers of each column, in the order in which they are stored."""
    raw = [inflated(blocks[f"{name}-columns-{number}"]) for number in range(meta["blocks"])]
    offsets = [0] * len(raw)
    stored = {}
    for column in meta["columns"]:
        block, width, rows = column["block"], column["bytes"], column["rows"]
        start, offsets[block] = offsets[block], offsets[block] + width * rows
        planes = np.frombuffer(raw[block][start : offsets[block]], np.uint8).reshape(width, rows)
        if "axes" in column:
            for axis, values in zip("xy", _unravelled(planes), strict=True):
                stored[column["axes"][axis]["name"]] = column["axes"][axis], values
        else:
            stored[column["name"]] = column, _integers(planes, column, width)
    for column, values in stored.values():
        if "near" in column:
            steps = [-(code + 1) // 2 if code % 2 else code // 2 for code in values]
            near = stored[column["near"]][1]
            values[:] = [other + step for other, step in zip(near, steps, strict=True)]
    assert offsets == [len(block) for block in raw]
    return stored


def _integers(planes, column, width):
    values = np.ascontiguousarray(planes.T).view(ARRAYS[width]).ravel()
    if column["steps"]:
        values = np.cumsum(values, dtype=values.dtype)
    return [column["ranks"][value] if "ranks" in column else int(value) for value in values]


def _unravelled(planes):
    """Both coordinates of places on a Z-order curve, whose gaps these are."""
    gaps = [int.from_bytes(bytes(gap), "little") for gap in planes.T]
    places = np.cumsum(gaps, dtype=np.int64)
    axes = [[f"{int(place):052b}"[1 - axis :: 2] for place in places] for axis in (0, 1)]
    return [[int(bits, 2) for bits in axis] for axis in axes]


def _value(column, stored, dictionaries):
    if stored == 0:
        return None
    number = column["base"] + stored - 1
    if "prefix" in column:
        return f"{column['prefix']}{number:0{column['digits']}d}"
    if "dictionary" in column:
        return dictionaries[column["dictionary"]][number]
    return number * column["scale"]


def texts_of(blocks, name):
    """Texts of a packed table by column: those in chunks, and those whose words repeat."""
    meta = json.loads(blocks[name])
    columns = {text: [] for text in meta["texts"]}
    for number in range(meta["chunks"]):
        chunk = json.loads(inflated(blocks[f"{name}-texts-{number}"]))
        for text, values in zip(meta["texts"], chunk, strict=True):
            columns[text] += values
    if meta["wordTexts"]:
        packed = columns_of(blocks, name)
        columns |= {text: [v or "" for v in packed[text]] for text in meta["wordTexts"]}
    return columns
