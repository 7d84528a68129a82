"""Reading a file with every row accounted for."""

from __future__ import annotations

from bordermap import records
from bordermap.validate import validate


def check(path):
    """Read and validate a file; whatever it holds, every row is accounted for."""
    table = records.read(path)
    frame, report = validate([table])
    (file,) = report.files
    assert file.read == file.accepted + file.rejected
    assert len(frame) == file.accepted
    assert len(report.rejected) == file.rejected
    assert sum(file.reasons.values()) == file.rejected
    rejected = {fault.row for fault in report.faults if fault.rejected}
    assert len(rejected) == file.rejected
    assert sorted(frame["source_row"].tolist() + sorted(rejected)) == list(range(1, file.read + 1))
    noted = {fault.row for fault in report.faults if fault.row and fault.row not in rejected}
    assert len(noted) == file.noted == int(frame["record_note"].notna().sum())
    assert frame["incident_id"].is_unique
    assert all("\n" not in fault.message and fault.message for fault in report.faults)
    return frame, report


def found(report):
    return {(fault.row, fault.reason) for fault in report.faults}
