"""One .npz file of samples, its manifest and card; streamed, so that memory does not grow with the number of samples.

Samples first go to a raw file in a work folder beside the output, block by block: its length is the progress that
resuming reads. The .npz is put together at the end and renamed into place.
"""

import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, repeat, zip_longest
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from tqdm import tqdm

from gan_augment.data.marks import beside
from gan_augment.errors import OutputError
from gan_augment.files import MANIFEST, alone_in, claim_folder, output_errors, read_jsonl, replacing, write_atomically
from gan_augment.generation.manifest import Row, require_same, row_line, with_scores, without_scores
from gan_augment.generation.png import SOURCE_TYPE
from gan_augment.generation.source import SampleSource, ScoredSource, image_schema

_COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class NpzPaths:
    """Where the parts of an .npz output lie.

    Parameters
    ----------
    folder
        The folder that the output has to itself, or None when the user named the .npz file.
    npz, manifest, card
        The finished files.
    work
        The folder of unfinished work; gone when all is done.
    """

    folder: Path | None
    npz: Path
    manifest: Path
    card: Path
    work: Path

    @classmethod
    def of(cls, out: Path) -> "NpzPaths":
        """Return ``X.npz, X.manifest.jsonl, X.md`` for ``X.npz``, else files inside the folder `out`."""
        if out.suffix.lower() == ".npz":
            return cls(None, out, beside(out, MANIFEST), beside(out, "md"), out.with_name(f".{out.name}.work"))
        return cls(out, out / "samples.npz", out / MANIFEST, out / "README.md", out / ".samples.npz.work")

    @property
    def raw(self) -> Path:
        """The samples drawn so far, bare uint8."""
        return self.work / "X.raw"

    @property
    def scores(self) -> Path:
        """The scores of the samples drawn so far, a line each; empty where there are none."""
        return self.work / "scores.jsonl"

    @property
    def plan(self) -> Path:
        """What the work folder is for."""
        return self.work / "plan.json"


@dataclass(frozen=True)
class _Job:
    generator: SampleSource
    counts: Mapping[str, int]
    seed: int
    paths: NpzPaths

    @property
    def n_total(self) -> int:
        return sum(self.counts.values())

    @property
    def shape(self) -> tuple[int, ...]:
        schema = image_schema(self.generator)
        return (schema.height, schema.width) + ((schema.channels,) if schema.channels > 1 else ())

    def plan(self) -> dict[str, Any]:
        origin = {"seed": self.seed, "generator": self.generator.digest}
        return origin | {"counts": dict(self.counts), "shape": list(self.shape)}

    def rows(self) -> Iterator[Row]:
        pairs = ((name, index) for name, count in self.counts.items() for index in range(count))
        origin = {"synthetic": True, "seed": self.seed, "generator": self.generator.digest}
        for number, (name, index) in enumerate(pairs):
            yield {"file": self.paths.npz.name, "row": number, "class": name, "index": index} | origin


def write_npz(
    generator: SampleSource,
    counts: Mapping[str, int],
    paths: NpzPaths,
    card: str,
    *,
    seed: int = 0,
    resume: bool = False,
    progress: bool = False,
) -> int:
    """Write samples, grouped by class in label order, as one .npz; return how many had to be drawn.

    The file holds ``X`` (n, height, width[, channels]) uint8, ``y`` (n,) class names as Unicode, and the marks
    ``synthetic``, ``generator``, ``seed`` and ``digital_source_type``. While it is put together the samples lie on the
    disk twice.

    Raises
    ------
    OutputError
        If the output cannot be written, is there already and `resume` is False, or is something else than this.
    """
    job = _Job(generator, counts, seed, paths)
    with output_errors(paths.folder or paths.npz), alone_in(paths.folder or paths.manifest):
        _claim(paths, resume)
        if paths.npz.exists():
            _require_finished(job)
            shutil.rmtree(paths.work, ignore_errors=True)
            return 0
        n_found = _open_work(job)
        _draw(job, n_found, progress)
        _finish(job, card)
    return job.n_total - n_found


def _claim(paths: NpzPaths, resume: bool) -> None:
    if paths.folder is not None:
        occupied = claim_folder(paths.folder, resume)
    else:
        paths.npz.parent.mkdir(parents=True, exist_ok=True)
        there = [path for path in (paths.npz, paths.work, paths.manifest, paths.card) if path.exists()]
        occupied = bool(there)
        if occupied and not resume:
            raise OutputError(f"{there[0]} is there already: go on with --resume, or choose another name.")
    if occupied and not paths.npz.is_file() and not paths.work.is_dir():
        place = paths.folder or paths.npz
        raise OutputError(f"{place} holds no unfinished .npz to resume, but other files: choose another name.")


def _require_finished(job: _Job) -> None:
    path = job.paths.manifest
    if not path.is_file():
        raise OutputError(f"{job.paths.npz} has no {path.name} beside it to resume from: choose another name.")
    for found, expected in zip_longest(read_jsonl(path), job.rows()):
        if found is None or expected is None:
            raise OutputError(f"{job.paths.npz} is finished with other counts: choose another name.")
        require_same(path, without_scores(found), expected)


def _open_work(job: _Job) -> int:
    paths, plan = job.paths, job.plan()
    if paths.plan.is_file():
        require_same(paths.work, json.loads(paths.plan.read_bytes()), plan)
    else:
        paths.work.mkdir(exist_ok=True)
        write_atomically(paths.plan, row_line(plan))
    sample_bytes = int(np.prod(job.shape))
    with paths.raw.open("ab") as raw:
        n_found = min(raw.tell() // sample_bytes, job.n_total)
        raw.truncate(n_found * sample_bytes)
    if paths.scores.is_file():  # it runs ahead of the samples
        with replacing(paths.scores) as kept:
            kept.writelines(row_line(row) for row in islice(read_jsonl(paths.scores), n_found))
    return n_found


def _draw(job: _Job, n_found: int, progress: bool) -> None:
    bar = tqdm(total=job.n_total, initial=n_found, unit="image", disable=not progress)
    with bar, job.paths.raw.open("ab") as raw, job.paths.scores.open("ab") as scores:
        offset = 0
        for name, count in job.counts.items():
            first = max(n_found - offset, 0)
            offset += count
            if first >= count:
                continue
            for block in job.generator.iter_samples(job.generator.classes.index(name), first, count, job.seed):
                scores.writelines(_score_lines(job, name, first, len(block)))
                scores.flush()
                first += len(block)
                raw.write(np.ascontiguousarray(block).tobytes())
                raw.flush()
                bar.update(len(block))


def _score_lines(job: _Job, name: str, first: int, n: int) -> list[bytes]:
    if not isinstance(job.generator, ScoredSource):
        return []
    scores = job.generator.scores(job.generator.classes.index(name), first, first + n, job.seed)
    return [row_line(row) for row in with_scores(scores)]


def _finish(job: _Job, card: str) -> None:
    # The .npz comes last: where it is, the other files are whole.
    paths = job.paths
    write_atomically(paths.card, card.encode("utf-8", "backslashreplace"))
    with replacing(paths.manifest) as manifest:
        scores: Iterable[Row] = read_jsonl(paths.scores) if isinstance(job.generator, ScoredSource) else repeat({})
        manifest.writelines(row_line(row | extra) for row, extra in zip(job.rows(), scores, strict=False))
    with replacing(paths.npz) as handle, zipfile.ZipFile(handle, "w") as archive:
        with paths.raw.open("rb") as raw:
            _add_member(archive, "X", np.dtype(np.uint8), (job.n_total, *job.shape), _pieces(raw))
        _add_member(archive, "y", _name_type(job.counts), (job.n_total,), _name_pieces(job.counts))
        marks: dict[str, Any] = {"synthetic": True, "generator": job.generator.digest, "seed": np.int64(job.seed)}
        for name, value in (marks | {"digital_source_type": SOURCE_TYPE}).items():
            array = np.asarray(value)
            _add_member(archive, name, array.dtype, (), [array.tobytes()])
    shutil.rmtree(paths.work)


def _add_member(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype[Any], shape: tuple[int, ...], pieces: Iterable[bytes]
) -> None:
    member = zipfile.ZipInfo(f"{name}.npy")  # a ZipInfo has a fixed date: equal samples, equal bytes
    member.compress_type = zipfile.ZIP_DEFLATED
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(member, "w", force_zip64=True) as handle:
        np.lib.format.write_array_header_1_0(cast(BinaryIO, handle), header)
        for piece in pieces:
            handle.write(piece)


def _pieces(raw: BinaryIO) -> Iterator[bytes]:
    while piece := raw.read(_COPY_BYTES):
        yield piece


def _name_type(counts: Mapping[str, int]) -> np.dtype[Any]:
    return np.dtype(f"<U{max(1, *map(len, counts))}")


def _name_pieces(counts: Mapping[str, int]) -> Iterator[bytes]:
    dtype = _name_type(counts)
    n_at_once = max(1, _COPY_BYTES // dtype.itemsize)
    for name, count in counts.items():
        for start in range(0, count, n_at_once):
            yield np.full(min(n_at_once, count - start), name, dtype=dtype).tobytes()
