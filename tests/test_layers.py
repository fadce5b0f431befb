"""The rooms' ranks and the style's limits, read from the source: no import upward, no circle, nothing too long."""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = (
    ("errors",),
    ("registry", "units", "seeding", "config", "distances", "files", "precision"),
    ("data",),
    ("transforms",),
    ("networks",),
    ("losses",),
    ("metrics",),
    ("training",),
    ("recipes",),
    ("generation",),
    ("planning",),
    ("fitting",),
    ("mixing",),
    ("evaluation",),
    ("report",),
    ("demo",),
    ("__init__",),
    ("cli",),
)
RANK = {room: rank for rank, rooms in enumerate(ROOMS) for room in rooms}
VERSION = "gan_augment.__version__"
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_COMMAND = 300, 60, 120
VAGUE_NAMES = {"utils", "util", "misc", "helpers", "helper", "common"}

Import = tuple[str, int]


def module_files() -> dict[str, Path]:
    """Return every module of the package by its installed name; the folder cli/ is gan_augment.cli."""
    files = {}
    for folder, package in ((ROOT / "gan_augment", "gan_augment"), (ROOT / "cli", "gan_augment.cli")):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            files[".".join((package, *parts)).removesuffix(".__init__")] = path
    return files


FILES = module_files()


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def imports_of(module: str, source: str, types: bool = True) -> Iterator[Import]:
    """Yield (module of ours, line) for every import, inside functions too; `types` takes in those for types alone."""
    package = module if FILES.get(module, Path()).name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(source)
    for node in ast.walk(tree if types else _RunTime().visit(tree)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name.startswith("gan_augment"))
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            if base.split(".")[0] == "gan_augment":
                yield from ((_target(base, alias.name), node.lineno) for alias in node.names)


class _RunTime(ast.NodeTransformer):
    """Leaves out what stands under ``if TYPE_CHECKING``."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        is_typing = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return node.orelse if is_typing else self.generic_visit(node)


def _target(base: str, name: str) -> str:
    full = f"{base}.{name}"
    return full if full in FILES or full == VERSION else base


def upward(module: str, source: str) -> list[str]:
    """Return the imports of a module that reach into a room of a higher rank, as readable complaints."""
    own = RANK[room_of(module)]
    return [
        f"{module}:{line} imports {target}"
        for target, line in imports_of(module, source)
        if target != VERSION and RANK[room_of(target)] > own
    ]


def functions() -> Iterator[tuple[str, int]]:
    """Yield every function and its number of lines; what a docstring tells the user does not count."""
    for name, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield f"{name}.{node.name}", _last(node) - node.lineno + 1 - _docstring_lines(node)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    return _last(first) - first.lineno + 1 if ast.get_docstring(node) is not None else 0


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def test_every_module_stands_in_a_room_with_a_rank() -> None:
    assert {room_of(name) for name in FILES} <= set(RANK)


@pytest.mark.parametrize("module", FILES)
def test_no_module_imports_upward(module: str) -> None:
    assert upward(module, FILES[module].read_text(encoding="utf-8")) == []


def test_no_imports_run_in_a_circle() -> None:
    graph = {
        name: {target for target, _ in imports_of(name, path.read_text(encoding="utf-8"), types=False)} - {VERSION}
        for name, path in FILES.items()
    }
    list(graphlib.TopologicalSorter(graph).static_order())


def test_nothing_in_the_library_imports_the_command_line() -> None:
    for name in (name for name in FILES if room_of(name) != "cli"):
        targets = {target for target, _ in imports_of(name, FILES[name].read_text(encoding="utf-8"))}
        assert not any(target.startswith("gan_augment.cli") for target in targets), name


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gan_augment.training.trainer", "from gan_augment.evaluation.images.protocol import evaluate_run"),
        ("gan_augment.data.images", "def late():\n    from gan_augment import fitting"),
        ("gan_augment.recipes", "from . import fitting"),
        ("gan_augment.metrics.score", "from ..generation.generator import TrainedGenerator"),
        ("gan_augment.mixing.counts", "import gan_augment.cli.main"),
        ("gan_augment.losses.adversarial", "import gan_augment"),
    ],
)
def test_an_upward_import_is_seen_in_every_spelling(module: str, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FILES, "gan_augment.fitting", Path("fitting.py"))
    assert len(upward(module, source)) == 1


def test_no_file_grows_past_300_lines() -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in FILES.items()}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}
    commands = {name: n for name, n in lengths.items() if room_of(name) == "cli"}
    assert {name: n for name, n in commands.items() if n > LONGEST_COMMAND} == {}


def test_no_function_grows_past_60_lines() -> None:
    assert {name: n for name, n in functions() if n > LONGEST_FUNCTION} == {}


def test_most_functions_stay_short() -> None:
    lengths = sorted(n for _, n in functions())
    assert lengths[len(lengths) // 2] < 12
    assert lengths[len(lengths) * 9 // 10] < 40


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert VAGUE_NAMES.isdisjoint(path.stem for path in FILES.values())
