"""The commands, gathered. Importing this imports no torch, no NumPy and no adapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from hrm_toolkit.cli import adapters, doctor
from hrm_toolkit.cli.bundles import export, import_checkpoint, solvers
from hrm_toolkit.cli.serving import agent, play, serve, tools
from hrm_toolkit.cli.solving import demo, hint, solve, trace, verify
from hrm_toolkit.cli.training import bench, convert, evaluate, generate, sweep, train


def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True)
    ] = False,
) -> None:
    """Solve puzzles with recurrent reasoning networks; the rules check every answer.

    Start with:
      hrm-toolkit demo
      hrm-toolkit train --adapter maze --samples 1000 --minutes 10
      hrm-toolkit doctor
    """
    if version:
        from hrm_toolkit import __version__

        print(f"hrm-toolkit {__version__}")
        raise typer.Exit()
    if context.invoked_subcommand is None:
        print(context.get_help())


PANELS: dict[str, tuple[Callable[..., int], ...]] = {
    "Puzzles": (
        solve.solve,
        hint.hint,
        trace.trace,
        verify.verify,
        generate.generate,
        play.play,
        demo.demo,
    ),
    "Solvers": (
        train.train,
        sweep.sweep,
        evaluate.evaluate,
        bench.bench,
        import_checkpoint.import_checkpoint,
        export.export,
    ),
    "Agents": (serve.serve, agent.agent, tools.tools),
    "Data": (convert.convert_dataset,),
    "What is here": (doctor.doctor,),
}


def gather(arguments: Sequence[str] = ()) -> typer.Typer:
    """The commands; where the arguments begin with the name of one, that one alone.

    Working out the options of all takes as long as solving a few puzzles does.
    """
    app = typer.Typer(
        name="hrm-toolkit",
        no_args_is_help=False,
        invoke_without_command=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    named = {
        command.__name__.replace("_", "-"): (panel, command)
        for panel, commands in PANELS.items()
        for command in commands
    }
    asked = [arguments[0]] if arguments and arguments[0] in named else list(named)
    for panel, command in map(named.__getitem__, asked):
        app.command(rich_help_panel=panel)(command)
    if len(asked) > 1:
        app.add_typer(adapters.app, name="adapters", rich_help_panel="What is here")
        app.add_typer(solvers.app, name="solvers", rich_help_panel="What is here")
    return app
