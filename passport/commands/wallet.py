"""``passport wallet``: what an officer does for a person, from the command line of any machine."""

import typer

from passport.commands import wallet_cards, wallet_help

app = typer.Typer(
    no_args_is_help=True, help="Help a person with their passport: an officer's work, on a server."
)
app.command("reprint")(wallet_cards.reprint)
app.command("deliver-list")(wallet_cards.deliver_list)
app.command("find")(wallet_help.find)
app.command("recover")(wallet_help.recover)
app.command("confirm")(wallet_help.confirm)
