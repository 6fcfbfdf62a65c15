"""``passport rld``: the register of a deployment without a labour database, and a simulator of one."""

from pathlib import Path
from typing import Annotated

import typer

from vc.errors import PassportError

app = typer.Typer(no_args_is_help=True, help="The labour database: a register of one's own, or a simulator.")

_AT_ONCE = 500


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8) or Excel workbook.", exists=True, dir_okay=False)],
) -> None:
    """Fill the issuer's own register from FILE. One fault in it, and nothing of it is taken over.

    What differs from the record there is becomes an event, and opens cases like one of the labour database.
    """
    from issuer.rld import register
    from issuer.rld.register_file import parse_register_file
    from runtime.clock import SystemClock
    from runtime.database import Database
    from runtime.keyring import Keyring
    from runtime.personal_data import PersonalData
    from runtime.settings import load_settings

    new = changed = 0
    try:
        rows = parse_register_file(file.read_bytes())
        settings = load_settings()
        database = Database.open(settings, "issuer")
        try:
            database.upgrade()
            personal = PersonalData.open(settings, Keyring.open(settings, "issuer"))
            now = SystemClock().now()
            for start in range(0, len(rows), _AT_ONCE):
                part = rows[start : start + _AT_ONCE]
                done = database.write_now(register.put_rows, personal, part, actor="operator", now=now)
                new, changed = new + done.new, changed + done.changed
        finally:
            database.close()
    except (PassportError, OSError) as error:
        reason = str(error) if isinstance(error, PassportError) else "The file cannot be read."
        typer.echo(f"Not imported: {reason}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"Rows: {len(rows)}. New: {new}. Changed: {changed}.")


@app.command("simulate")
def simulate(port: Annotated[int, typer.Option(help="Port on this machine.")] = 8099) -> None:
    """Run a labour database that is none, behind X-Road, with invented people; reached from here only.

    POST /control makes it misbehave, or lets something happen to a record.
    """
    import warnings

    import uvicorn

    from passport.demo_world.people import draw_people
    from passport.simulators.rld import SIMULATOR_HEADER, RldSimulator, SimulatorWarning

    with warnings.catch_warnings():
        # Said in the next line instead, for whoever started this.
        warnings.simplefilter("ignore", SimulatorWarning)
        simulator = RldSimulator(draw_people(), has_control=True)
    typer.echo(
        f"SIMULATOR: {SIMULATOR_HEADER}. Its people are invented.\n"
        f"  PASSPORT_RLD_URL=http://127.0.0.1:{port}   control: POST http://127.0.0.1:{port}/control"
    )
    uvicorn.run(
        simulator.app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        # What was told to be slow must not keep the simulator from ending.
        timeout_graceful_shutdown=1,
    )
