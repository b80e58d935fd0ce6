"""The command line of everything about one's account: login, logout, whoami, projects, doctor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from k6ci.commands.context import AppContext
from k6ci.commands.doctor import doctor
from k6ci.commands.ending import Ending, Given
from k6ci.commands.login import Wish, check_wish, login
from k6ci.commands.options import with_inputs
from k6ci.commands.stored import reset, show
from k6ci.commands.whoami import projects, whoami

Action = Callable[[AppContext], Ending]


def register_account_commands(app: typer.Typer, command: Callable[[typer.Context, Action], None]) -> None:
    """Add the commands to the application; `command` carries one out."""

    @app.command("login")
    @with_inputs("stack", "config", "k6-path")
    def _login(
        ctx: typer.Context,
        given: Given,
        *,
        email: Annotated[str | None, typer.Option(help="log in by e-mail and password (accounts of old)")] = None,
        migrate: Annotated[bool, typer.Option("--migrate", help="take over the login of k6 before 1.0")] = False,
        show_login: Annotated[bool, typer.Option("--show", "-s", help="show what is stored, the token masked")] = False,
        reset_login: Annotated[bool, typer.Option("--reset", "-r", help="remove what is stored")] = False,
        token: Annotated[str | None, typer.Option("--token", "-t", hidden=True)] = None,
        words: Annotated[list[str] | None, typer.Argument(hidden=True, metavar="cloud")] = None,
    ) -> None:
        """Store a token where k6 reads it.

        Asks for it without showing it, or takes it from standard input.
        """
        wish = Wish(email, migrate, show_login, reset_login, token, tuple(words or ()))

        def action(context: AppContext) -> Ending:
            check_wish(wish)
            if wish.is_shown:
                return show(context, given)
            return reset(context, given) if wish.is_reset else login(context, given, wish)

        command(ctx, action)

    @app.command("whoami")
    @with_inputs("stack", "project-id", "config")
    def _whoami(ctx: typer.Context, given: Given) -> None:
        """Show whose token is used, and what it sees."""
        command(ctx, lambda context: whoami(context, given))

    @app.command("projects")
    @with_inputs("stack", "config")
    def _projects(
        ctx: typer.Context,
        given: Given,
        *,
        as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
    ) -> None:
        """List the projects that the token sees."""
        command(ctx, lambda context: projects(context, given, as_json=as_json))

    @app.command("doctor")
    @with_inputs("stack", "project-id", "config", "k6-path")
    def _doctor(
        ctx: typer.Context,
        given: Given,
        *,
        as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
    ) -> None:
        """Find what is wrong, and say what to mend."""
        command(ctx, lambda context: doctor(context, given, as_json=as_json))

    @app.command("logout")
    @with_inputs("config")
    def _logout(ctx: typer.Context, given: Given) -> None:
        """Remove the stored login."""
        command(ctx, lambda context: reset(context, given))
