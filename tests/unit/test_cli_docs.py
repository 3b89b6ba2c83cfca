"""``docs/cli.md`` has the commands, options and exit statuses that there are."""

from __future__ import annotations

from pathlib import Path

import typer

from blogqa_cli.exit_codes import ExitCode
from blogqa_cli.main import app
from blogqa_cli.options import Command, Group

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def rows() -> list[str]:
    root = typer.main.get_command(app)
    found: list[str] = []
    waiting = [("blogqa", root)]
    while waiting:
        path, command = waiting.pop(0)
        if children := getattr(command, "commands", None):
            assert command is root or isinstance(command, Group), f"{path} does not take the app's options"
            waiting = [(f"{path} {name}", child) for name, child in children.items()] + waiting
            continue
        assert isinstance(command, Command), f"{path} does not take the app's options"
        arguments = "".join(f" {each.metavar}" for each in command.params if each.param_type_name == "argument")
        options = " ".join(f"`{each.opts[0]}`" for each in command.params if each.param_type_name == "option")
        first_line = (command.help or "").partition("\n")[0]
        found.append(f"| `{path}{arguments}` | {first_line} | {options} |")
    return found


def test_the_table_of_commands_is_complete_and_true() -> None:
    expected = rows()
    written = [line for line in _PAGE.read_text().splitlines() if line.startswith("| `blogqa ")]
    assert len(expected) > 15
    assert written == expected, "docs/cli.md should say:\n" + "\n".join(expected)


def test_the_table_of_exit_statuses_is_complete_and_true() -> None:
    expected = [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    section = _PAGE.read_text().split("\n## Exit status\n")[1].split("\n## ")[0]
    assert [line for line in section.splitlines() if line[:3].strip("| ").isdigit()] == expected
