"""Check an evidence pack: `python verify.py [FOLDER OR ZIP]`; without an argument, the folder in which this file lies.

Needs Python 3.8 or later and nothing else, no network either; opens files for reading only. It finds every file that
was changed, removed, added or renamed, and recomputes the timeline's hash chain. It cannot find a pack that was made
anew from beginning to end: for that, compare the two digests it prints with those in the platform's audit trail.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
MANIFEST_DIGEST = "manifest.sha256"
CASE = "case.json"
TRANSCRIPT = "transcript.json"
TIMELINE = "timeline.json"
CHINESE = "verify.zh-CN.json"
REQUIRED = (CASE, TRANSCRIPT, TIMELINE, CHINESE, "report.html", "verify.py")
EXPORTED = "evidence_exported"

_ATTACHMENTS = "attachments/"
_GENESIS = "0" * 64
_HASHED = {"case", "seq", "kind", "actor", "details", "at", "previous"}
# The earliest that a ZIP can hold: the time of the export stands in the manifest.
_ARCHIVE_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
# What zipfile and the file system raise on damaged input.
_UNREADABLE = (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError, KeyError, OverflowError, struct.error)
# "Not passed", said even where the Chinese sentences are missing or changed.
_FAILED_CHINESE = "\u672a\u901a\u8fc7"

ENGLISH = {
    "checking": "Checking {name}",
    "unreadable": "{name} cannot be read",
    "no_pack": "{name} is no evidence pack: there is no manifest.json",
    "manifest_altered": "manifest.json is not the one whose digest manifest.sha256 holds",
    "manifest_malformed": "manifest.json is not of the expected form",
    "archive_altered": "The ZIP is not byte for byte the one that was exported",
    "file_missing": "Missing: {name}",
    "file_extra": "Not part of the pack: {name}",
    "file_altered": "Changed: {name}",
    "case_differs": "case.json tells of another case than manifest.json",
    "timeline_malformed": "timeline.json is not of the expected form",
    "link_broken": "Timeline: entry {seq} does not fit its hash or the entry before it",
    "head_differs": "Timeline: its end is not the head which manifest.json names",
    "transcript_malformed": "transcript.json is not of the expected form",
    "attachment_unrecorded": "Attachment {name} is not the one which the transcript names",
    "transcript_unrecorded": "The transcript is not the one whose digest the timeline recorded at the export",
    "files_fine": "{count} files: complete and unchanged",
    "chain_fine": "Timeline: {count} entries, the hash chain is whole",
    "transcript_fine": "Transcript: as the timeline recorded it at the export",
    "attachments_fine": "Attachments: {count}, each as the transcript names it",
    "compare": "Case {number}. Compare with the platform's audit trail: head {head}, manifest {digest}",
    "passed": "PASSED: no change found",
    "failed": "FAILED: {count} problems",
}


class Finding(NamedTuple):
    """Something that was found; `key` names its sentence."""

    key: str
    values: dict[str, Any]
    is_problem: bool


class MalformedError(ValueError):
    """A file is not of the form that an export gives it."""


def _problem(key: str, **values: Any) -> Finding:
    return Finding(key, values, is_problem=True)


def _fact(key: str, **values: Any) -> Finding:
    return Finding(key, values, is_problem=False)


def digest(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def digest_line(manifest: bytes) -> bytes:
    """Return what manifest.sha256 holds: a line that `sha256sum -c` reads too."""
    return f"{digest(manifest)}  {MANIFEST}\n".encode()


def build_archive(files: dict[str, bytes]) -> bytes:
    """Return the one ZIP that holds these files: sorted, stored, without a time; the same bytes on every machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, date_time=_ARCHIVE_TIME)
            member.create_system = _UNIX
            member.external_attr = (stat.S_IFREG | 0o600) << 16
            archive.writestr(member, files[name])
    return buffer.getvalue()


class _Folder:
    """A pack that was unpacked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        # First this one file: a wrong folder may hold the whole disk.
        if not (self._path / MANIFEST).is_file():
            return []
        found = []
        for folder, folders, files in os.walk(str(self._path)):
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            found += [(Path(folder) / name).relative_to(self._path).as_posix() for name in files + links]
        return sorted(found)

    def read(self, name: str) -> bytes:
        path = self._path / name
        if path.is_symlink():
            raise MalformedError
        return path.read_bytes()

    def is_as_exported(self) -> bool:
        return True


class _Archive:
    """A pack in its ZIP."""

    def __init__(self, path: Path) -> None:
        self._raw = path.read_bytes()
        self._archive = zipfile.ZipFile(io.BytesIO(self._raw))

    def names(self) -> list[str]:
        return sorted({member.filename for member in self._archive.infolist()})

    def read(self, name: str) -> bytes:
        member = self._archive.getinfo(name)
        # An export compresses nothing: no small file can blow up into a large one here.
        if member.compress_type != zipfile.ZIP_STORED:
            raise MalformedError
        return self._archive.read(member)

    def is_as_exported(self) -> bool:
        # Whatever a ZIP can hide (a name twice, bytes between the files, a comment) is not in one built anew.
        try:
            return build_archive({name: self.read(name) for name in self.names()}) == self._raw
        except _UNREADABLE:
            return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedError
    return found


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise MalformedError from error


def _read_manifest(content: bytes) -> dict[str, Any]:
    manifest = _parse(content)
    if not isinstance(manifest, dict) or manifest.get("schema_version") != SCHEMA_VERSION:
        raise MalformedError
    case, head, files = manifest.get("case"), manifest.get("head"), manifest.get("files")
    if not isinstance(case, dict) or not isinstance(head, str) or not isinstance(files, list):
        raise MalformedError
    names = [entry.get("path") for entry in files if isinstance(entry, dict)]
    if len(names) != len(files) or not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise MalformedError
    return manifest


def _is_inside(name: str) -> bool:
    return not name.startswith("/") and "\\" not in name and ":" not in name and ".." not in name.split("/")


def _check_files(pack: _Folder | _Archive, manifest: dict[str, Any]) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the files that are as the manifest says, and what is wrong with the others."""
    present = set(pack.names())
    listed = {entry["path"]: entry for entry in manifest["files"]}
    good: dict[str, bytes] = {}
    problems = [_problem("file_missing", name=name) for name in REQUIRED if name not in listed]
    for name, entry in sorted(listed.items()):
        if name not in present or not _is_inside(name):
            problems.append(_problem("file_missing", name=name))
            continue
        try:
            content = pack.read(name)
        except _UNREADABLE:
            problems.append(_problem("unreadable", name=name))
            continue
        if len(content) == entry.get("size") and digest(content) == entry.get("sha256"):
            good[name] = content
        else:
            problems.append(_problem("file_altered", name=name))
    extra = sorted(present - set(listed) - {MANIFEST, MANIFEST_DIGEST})
    return good, problems + [_problem("file_extra", name=name) for name in extra]


def row_hash(row: dict[str, Any]) -> str:
    """Return the hash of a timeline row, computed anew from its content and from the hash before it."""
    hashed = {key: row[key] for key in _HASHED}
    content = json.dumps(hashed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return digest(content.encode("utf-8"))


def _read_rows(content: bytes) -> list[dict[str, Any]]:
    rows = _parse(content)
    if not isinstance(rows, list) or not rows:
        raise MalformedError
    if not all(isinstance(row, dict) and set(row) == _HASHED | {"hash"} for row in rows):
        raise MalformedError
    return rows


def _is_link(row: dict[str, Any], *, place: int, previous: Any, case_id: Any) -> bool:
    try:
        computed = row_hash(row)
    except (ValueError, RecursionError):
        return False
    return (row["seq"], row["previous"], row["case"], row["hash"]) == (place, previous, case_id, computed)


def broken_links(rows: list[dict[str, Any]], case_id: Any) -> list[int]:
    """Return the places (1, 2, ...) of the rows that do not fit their hash, their case or the row before."""
    broken = []
    previous: Any = _GENESIS
    for place, row in enumerate(rows, start=1):
        if not _is_link(row, place=place, previous=previous, case_id=case_id):
            broken.append(place)
        previous = row["hash"]
    return broken


def _check_chain(rows: list[dict[str, Any]], manifest: dict[str, Any]) -> list[Finding]:
    problems = [_problem("link_broken", seq=place) for place in broken_links(rows, manifest["case"].get("id"))]
    if rows[-1]["hash"] != manifest["head"]:
        problems.append(_problem("head_differs"))
    return problems or [_fact("chain_fine", count=len(rows))]


def _check_transcript(rows: list[dict[str, Any]], transcript: bytes) -> Finding:
    # The last row, not just any: the transcript of an earlier export is not this one's.
    kind, details = rows[-1]["kind"], rows[-1]["details"]
    if kind == EXPORTED and isinstance(details, dict) and details.get("transcript_sha256") == digest(transcript):
        return _fact("transcript_fine")
    return _problem("transcript_unrecorded")


def _named_files(transcript: bytes) -> dict[str, str]:
    """Return the digest which the transcript names of each attachment, by its path."""
    named = {}
    try:
        for conversation in _parse(transcript)["conversations"]:
            for message in conversation["messages"]:
                # Packs of earlier versions know no files.
                file = message.get("file")
                if file is not None and file["path"] is not None:
                    named[str(file["path"])] = str(file["sha256"])
    except (AttributeError, LookupError, TypeError) as error:
        raise MalformedError from error
    return named


def _check_attachments(transcript: bytes, good: dict[str, bytes], manifest: dict[str, Any]) -> list[Finding]:
    """Compare the attachments with the transcript, which the chain covers; the manifest alone covers nothing."""
    try:
        named = _named_files(transcript)
    except MalformedError:
        return [_problem("transcript_malformed")]
    listed = {entry["path"] for entry in manifest["files"] if entry["path"].startswith(_ATTACHMENTS)}
    # One that is as the manifest says but not as the transcript does, or that only one of them knows.
    wrong = {path for path in set(named) & set(good) if digest(good[path]) != named[path]} | set(named) ^ listed
    problems = [_problem("attachment_unrecorded", name=path) for path in sorted(wrong)]
    return problems or ([_fact("attachments_fine", count=len(named))] if named else [])


def _check_case(content: bytes, manifest: dict[str, Any]) -> list[Finding]:
    try:
        case = _parse(content)
    except MalformedError:
        case = None
    named = manifest["case"]
    same = isinstance(case, dict) and all(case.get(key) == named.get(key) is not None for key in ("id", "number"))
    return [] if same else [_problem("case_differs")]


def _check_contents(good: dict[str, bytes], manifest: dict[str, Any]) -> list[Finding]:
    """Check what the files say; one that was changed has been reported and is not believed."""
    findings = []
    if CASE in good:
        findings += _check_case(good[CASE], manifest)
    if TIMELINE in good:
        try:
            rows = _read_rows(good[TIMELINE])
        except MalformedError:
            return [*findings, _problem("timeline_malformed")]
        findings += _check_chain(rows, manifest)
        if TRANSCRIPT in good:
            findings.append(_check_transcript(rows, good[TRANSCRIPT]))
    if TRANSCRIPT in good:
        findings += _check_attachments(good[TRANSCRIPT], good, manifest)
    return findings


def _chinese(good: dict[str, bytes]) -> dict[str, str]:
    try:
        sentences = _parse(good.get(CHINESE, b"{}"))
    except MalformedError:
        return {}
    return sentences if isinstance(sentences, dict) else {}


def verify(path: Path) -> tuple[list[Finding], dict[str, str]]:
    """Return everything found in a folder or a ZIP, and the Chinese sentences if they are as they were exported."""
    try:
        pack = _Archive(path) if path.is_file() else _Folder(path)
        names = pack.names()
        if MANIFEST not in names:
            return [_problem("no_pack", name=path.name)], {}
        raw = pack.read(MANIFEST)
        line = pack.read(MANIFEST_DIGEST) if MANIFEST_DIGEST in names else None
    except _UNREADABLE:
        return [_problem("unreadable", name=path.name)], {}
    findings = []
    if line is None:
        findings.append(_problem("file_missing", name=MANIFEST_DIGEST))
    elif line != digest_line(raw):
        findings.append(_problem("manifest_altered"))
    if not pack.is_as_exported():
        findings.append(_problem("archive_altered"))
    try:
        manifest = _read_manifest(raw)
    except MalformedError:
        return [*findings, _problem("manifest_malformed")], {}
    good, problems = _check_files(pack, manifest)
    findings += problems or [_fact("files_fine", count=len(good))]
    findings += _check_contents(good, manifest)
    number = manifest["case"].get("number")
    findings.append(_fact("compare", number=number, head=manifest["head"], digest=digest(raw)))
    return findings, _chinese(good)


def _printable(value: Any) -> str:
    # A file's name may hold what moves a terminal's cursor.
    return "".join(character if character.isprintable() else "?" for character in str(value))


def describe(finding: Finding, sentences: dict[str, str]) -> str:
    """Return the sentence of a finding, empty where there is none."""
    values = {key: _printable(value) for key, value in finding.values.items()}
    try:
        return str(sentences.get(finding.key, "")).format(**values)
    except (LookupError, ValueError, AttributeError):
        return ""


def main(arguments: list[str]) -> int:
    """Print what was found, in Chinese and English; return 0 if nothing is wrong, 1 otherwise."""
    if hasattr(sys.stdout, "reconfigure"):
        # A console without Chinese shows codes; it must not stop us.
        sys.stdout.reconfigure(errors="backslashreplace")
    path = Path(arguments[0] if arguments else __file__).resolve()
    path = path if arguments else path.parent
    findings, chinese = verify(path)
    count = sum(finding.is_problem for finding in findings)
    verdict = _problem("failed", count=count) if count else _fact("passed")
    chinese.setdefault("failed", _FAILED_CHINESE)
    for finding in [_fact("checking", name=path.name), *findings, verdict]:
        mark = "[X] " if finding.is_problem else "    "
        for sentence in (describe(finding, chinese), describe(finding, ENGLISH)):
            if sentence:
                sys.stdout.write(f"{mark}{sentence}\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
