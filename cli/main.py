"""The command line's entry: finds commands on demand and turns errors into one line and an exit code."""

import errno
import importlib
import io
import sys
import warnings
from collections.abc import Sequence

import click

from gan_augment import __version__
from gan_augment.errors import GanAugmentError
from gan_augment.registry import unknown

COMMANDS = ("fit", "generate", "augment", "evaluate", "report", "demo", "recipes", "inspect")
MENDABLE, INTERRUPTED = 2, 130
DISK_ERRORS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)
PATH_ERRORS = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)


class LazyGroup(click.Group):
    """A group whose commands are modules beside this one, imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Import and return one command; an unknown one is a usage error that offers the nearest spelling."""
        if cmd_name not in COMMANDS:
            raise click.UsageError(unknown("command", cmd_name, COMMANDS))
        return getattr(importlib.import_module(f".{cmd_name}", __package__), cmd_name)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="gan-augment")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Grow a small or imbalanced labelled dataset, images or a table, with a GAN, and measure what that did."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns
    -------
    int
        0; 2 for what the user can mend, said in one line on stderr; 130 when interrupted.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr: names of folders may be no text
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _say
            return cli.main(args, prog_name="gan-augment", standalone_mode=False) or 0
    except click.ClickException as error:
        return _fail(error.format_message())
    except GanAugmentError as error:
        return _fail(str(error))
    except click.Abort as error:
        reason = str(error.__cause__ or "")
        click.echo(f"Interrupted: {reason}." if reason else "Interrupted.", err=True)
        return INTERRUPTED
    except OSError as error:
        if error.errno not in DISK_ERRORS + PATH_ERRORS:
            raise
        return _fail(f"{error.strerror}: {error.filename or 'the output'}. Choose another path.")


def _fail(message: str) -> int:
    click.echo(f"Error: {message}", err=True)
    return MENDABLE


def _say(message: Warning | str, *_: object, **__: object) -> None:
    click.echo(f"Warning: {message}", err=True)


if __name__ == "__main__":
    sys.exit(main())
