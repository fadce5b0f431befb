"""README.md cannot fall behind: commands, options, command lines and Python snippets are held against the code."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

from gan_augment.cli.main import COMMANDS, cli
from gan_augment.config import settings
from gan_augment.recipes import RECIPES, GanRecipe, changed

README = Path(__file__).parents[1] / "README.md"
FENCE = re.compile(
    r"(?P<skip><!-- no-test -->\s*\n)?^```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE
)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
# What makes a snippet of the README long is its budget: any of these becomes a tiny one.
TINY = ((r'\btime="[^"]*"', "steps=4"), (r"\bsteps=\d+", "steps=4"), (r"\bper_class=\d+", "per_class=6"))
TINY += ((r"\breplicates=\d+", "replicates=2"),)


def command(name: str) -> click.Command:
    return cli.get_command(click.Context(cli), name)  # type: ignore[return-value]


def options(name: str) -> set[str]:
    """Return the long options of one command, on/off pairs with both spellings."""
    params = [param for param in command(name).params if isinstance(param, click.Option)]
    return {text for param in params for text in (*param.opts, *param.secondary_opts) if text.startswith("--")}


def section(name: str) -> str:
    """Return the part of the README under the heading that names ``gan-augment NAME``."""
    text = README.read_text(encoding="utf-8")
    match = re.search(rf"^(#+) .*\bgan-augment {name}\b.*$", text, re.MULTILINE)
    assert match, f"README.md has no heading with `gan-augment {name}`"
    after = re.sub(
        r"^```.*?^```", lambda block: block[0].replace("\n#", "\n"), text[match.end() :], flags=re.DOTALL | re.M
    )
    return re.split(rf"^#{{1,{len(match[1])}}} ", after, maxsplit=1, flags=re.MULTILINE)[0]


def fences(*languages: str) -> Iterator[str]:
    for match in FENCE.finditer(README.read_text(encoding="utf-8")):
        if match["language"] in languages and not match["skip"]:
            yield match["code"]


def command_lines() -> list[str]:
    """Return every ``gan-augment ...`` line of the README's shell blocks, without prompt and comment."""
    code = "\n".join(fences("bash", "sh", "shell", "console")).replace("\\\n", " ")
    lines = [line.strip().removeprefix("$ ") for line in code.splitlines()]
    return [line for line in lines if line.startswith("gan-augment ")]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_every_command_is_in_the_readme(name: str) -> None:
    documented = set(OPTION.findall(section(name)))
    assert options(name) - documented == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_names_no_option_that_does_not_exist(name: str) -> None:
    assert set(OPTION.findall(section(name))) - options(name) - {"--help"} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    assert [param.name for param in command(name).params if isinstance(param, click.Option) and not param.help] == []


def test_every_lever_in_the_readme_is_a_setting_of_the_recipes_that_it_names() -> None:
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)=(\S+)` \| (.+?) \| (.+) \|$", section("fit"), re.MULTILINE)
    images = {name: recipe for name, recipe in RECIPES.items() if recipe.kind == "image"}
    gans = [name for name, recipe in images.items() if isinstance(recipe, GanRecipe)]
    assert len(rows) > 10
    for setting, value, said, does in rows:
        of, on = re.findall(r"`(\w+)`", said.split(";")[0]), re.findall(r"on in `(\w+)`", said)
        for name in of or {"GANs": gans, "all": images}[said.split(";")[0]]:
            also = dict(pair.split("=") for pair in re.findall(r"also `(\S+)`", does))
            assert settings(changed(images[name], {setting: value} | also))[setting] is not None
        assert on == [name for name in on if settings(images[name])[setting]]


def test_every_command_line_in_the_readme_parses() -> None:
    assert command_lines(), "README.md shows no command line"
    for line in command_lines():
        args = shlex.split(line, comments=True)[1:]
        if args[0] in COMMANDS:
            command(args[0]).make_context(args[0], args[1:])
        else:
            assert args[0] in ("--help", "--version"), line


def test_every_python_snippet_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    make_photos(tmp_path / "photos", rng)
    namespace = {"X": rng.integers(0, 256, (24, 16, 16), dtype=np.uint8), "y": np.arange(24) % 2}
    snippets = list(fences("python"))
    assert snippets, "README.md shows no Python"
    for number, snippet in enumerate(snippets):
        for pattern, tiny in TINY:
            snippet = re.sub(pattern, tiny, snippet)
        exec(compile(snippet, f"README.md, snippet {number}", "exec"), namespace)


def make_photos(folder: Path, rng: np.random.Generator) -> None:
    for part in ("train", "test"):
        for level, name in ((40, "cat"), (200, "dog")):
            (folder / part / name).mkdir(parents=True)
            for i in range(8):
                noisy = np.clip(rng.normal(level, 30, (16, 16, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(noisy).save(folder / part / name / f"{i}.png")
