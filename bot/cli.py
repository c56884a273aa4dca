"""`aftercare …`: the commands of the product."""

import asyncio
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from bot.paths import DATA_DIR, PROTOCOL, ROOT
from bot.problem import Problem

if TYPE_CHECKING:
    from bot.records.database import Database

app = typer.Typer(
    help="Aftercare assistant for patients after dry needling or acupuncture.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
staff = typer.Typer(help="Accounts of the staff console.", no_args_is_help=True)
app.add_typer(staff, name="staff")
protocol = typer.Typer(help="The clinical rules: their documents, and what a change would alter.", no_args_is_help=True)
app.add_typer(protocol, name="protocol")
alerts = typer.Typer(help="Who is told of an urgent conversation.", no_args_is_help=True)
app.add_typer(alerts, name="alerts")
SHORTEST_PASSWORD = 12
DEMO_DIR = DATA_DIR / "demo"
DataDir = Annotated[Path, typer.Option("--data-dir", help="Folder for everything that is written.")]


def main() -> None:
    """Run a command; a Problem or a broken protocol is one line on standard error and exit code 1."""
    from bot.triage.content import ProtocolError

    try:
        app()
    except (Problem, ProtocolError) as problem:
        print(f"aftercare: {problem}", file=sys.stderr)
        raise SystemExit(1) from None


@app.command()
def train(force: Annotated[bool, typer.Option("--force", help="Train even when nothing changed.")] = False) -> None:
    """Train the language model if anything it depends on changed."""
    print(f"aftercare: the language model is {_trained(force).relative_to(ROOT)}")


def _trained(force: bool = False) -> Path:
    from bot.training import model_path
    from bot.training import train as train_model
    from bot.triage.protocol import load_protocol

    if force or not model_path().exists():
        load_protocol(PROTOCOL)
        print("aftercare: training the language model, about one to three minutes", flush=True)
    return train_model(force=force)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    data_dir: DataDir = DATA_DIR,
    limits: Annotated[str, typer.Option(help="on, or off for tests and benchmarks on loopback.")] = "on",
) -> None:
    """Run the product: gateway, Rasa and actions. Trains first when something changed."""
    from bot.supervisor import Supervisor, check_port, product

    if limits not in ("on", "off"):
        raise Problem(f"--limits takes on or off, not {limits!r}")
    if limits == "off" and host not in ("127.0.0.1", "localhost", "::1"):
        raise Problem("--limits off is for tests on this machine only; use it with --host 127.0.0.1")
    check_port(host, port)
    model, data_dir = _trained(), _writable(data_dir)
    supervisor = Supervisor(product(host, port, data_dir, model, limits == "on"))

    async def run() -> None:
        running = asyncio.create_task(supervisor.run())
        await supervisor.listening.wait()
        try:
            await asyncio.to_thread(_say_address, host, port, data_dir)
        except Problem:
            supervisor.stopping.set()
            raise
        finally:
            await running

    asyncio.run(run())


def _writable(data_dir: Path) -> Path:
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        (data_dir / ".writable").write_text("")
    except OSError as error:
        raise Problem(f"cannot write to {data_dir} ({error.strerror}); choose another folder with --data-dir") from None
    return data_dir.resolve()


def _say_address(host: str, port: int, data_dir: Path) -> None:
    from bot.records import staff as accounts

    with _database(data_dir).read() as connection:
        nobody = not accounts.everyone(connection)
    print(f"aftercare: http://{'localhost' if host == '127.0.0.1' else host}:{port}  (stop with Ctrl-C)", flush=True)
    if nobody:
        option = "" if data_dir == DATA_DIR.resolve() else f" --data-dir {data_dir}"
        print("aftercare: no staff user yet. Make the first one, then open /staff:")
        print(f"  .venv/bin/aftercare staff add-user NAME --role admin{option}", flush=True)


def _database(data_dir: Path) -> "Database":
    from bot.records.database import DatabaseError, database_url, open_database

    try:
        return open_database(database_url(_writable(data_dir)))
    except DatabaseError as error:
        raise Problem(str(error)) from None


@app.command()
def assess(
    source: Annotated[
        Path | None, typer.Argument(help="File of JSON lines; - or nothing reads them from standard input.")
    ] = None,
) -> None:
    """Assess messages: JSON lines {"id", "text"} or {"id", "turns"} in, levels with their reasons out."""
    from bot.nlu.assess import assess_lines

    lines = sys.stdin if source is None or str(source) == "-" else _open(source)
    for line in assess_lines(lines):
        print(line, flush=True)


def _open(source: Path) -> "list[str]":
    try:
        return source.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"cannot read {source}: {error}") from None


@staff.command("add-user")
def add_user(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    role: Annotated[str, typer.Option(help="viewer, clinician or admin.")] = "clinician",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from input.")] = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a staff account for the console."""
    from argon2 import PasswordHasher

    from bot.records import audit
    from bot.records import staff as accounts

    password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask_password()
    if len(password) < SHORTEST_PASSWORD:
        raise Problem(f"the password needs at least {SHORTEST_PASSWORD} characters")
    now = datetime.now(timezone.utc)
    try:
        with _database(data_dir).write() as connection:
            accounts.add(connection, name, role, PasswordHasher().hash(password), now)
            audit.write(connection, audit.PROGRAM, "add staff", "staff", name, now)
    except accounts.StaffError as error:
        raise Problem(str(error)) from None
    print(f"aftercare: {name} ({role}) can log in at /staff")


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise Problem("there is no terminal to ask for a password; use --password-stdin")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@app.command()
def retention(
    days: Annotated[
        Optional[int], typer.Option(min=1, help="Keep so many days; clinic.yml says how many else.")
    ] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Delete conversations older than the clinic keeps them."""
    from bot.records.retention import delete_older_than
    from bot.triage.protocol import load_protocol

    keep = days or int(load_protocol(PROTOCOL).clinic["retention_days"])
    count = delete_older_than(_database(data_dir), keep, datetime.now(timezone.utc))
    print(f"aftercare: deleted {count} conversations older than {keep} days")


@protocol.command("docs")
def protocol_docs(
    check: Annotated[bool, typer.Option("--check", help="Only say which documents are out of date.")] = False,
) -> None:
    """Write the safety documents in docs/ from protocol/ and the cases."""
    from bot import safety_case

    if not check:
        for path in safety_case.write():
            print(f"aftercare: wrote {path.relative_to(ROOT)}")
    elif old := safety_case.stale():
        raise Problem(f"out of date: {', '.join(old)}; run: make docs")


@protocol.command("diff")
def protocol_diff(
    old: Annotated[Path, typer.Argument(help="A protocol folder, such as the one in use.")],
    new: Annotated[Path, typer.Argument(help="The changed folder.")],
) -> None:
    """Say which cases and vignettes would get another level, which up and which down."""
    from bot.rule_change import changes, in_words

    print(in_words(changes(old, new)))


@alerts.command("test")
def alerts_test(data_dir: DataDir = DATA_DIR) -> None:
    """Send a test message on every channel of every contact."""
    from bot.alerts.settings import load_settings
    from bot.alerts.worker import send_test

    settings = load_settings(data_dir)
    if settings is None:
        raise Problem(f"there is no alerts.yml in {data_dir}; bot/alerts/alerts.example.yml shows what it holds")
    results = send_test(settings, datetime.now(timezone.utc))
    for contact, channel, failure in results:
        print(f"{'failed' if failure else 'sent  '} {contact}, {channel}{': ' + failure if failure else ''}")
    if any(failure for _, _, failure in results):
        raise Problem("not every test message was sent; the lines above say why")


@app.command()
def demo(
    data_dir: Annotated[
        Path, typer.Option("--data-dir", help="New folder for the demo; nothing else is touched.")
    ] = DEMO_DIR,
    patients: Annotated[
        Optional[int], typer.Option(min=1, help="Only so many of the made-up people, the last ones.")
    ] = None,
) -> None:
    """Make a demo: made-up people talk to the real assistant, and a clinic's staff answer them."""
    from bot.demo import fill
    from bot.demo.folder import check_folder

    check_folder(data_dir)
    _trained()
    password = fill.make(data_dir, patients, lambda line: print(f"aftercare: {line}", flush=True))
    print("aftercare: the demo is ready. Open it with")
    print(f"  .venv/bin/aftercare serve --data-dir {data_dir}")
    print(f"and log in at /staff as {fill.STAFF} with the password {password} (shown only here).")


@app.command()
def evaluate(
    exam: Annotated[bool, typer.Option("--exam", help="Measure on the exam set too.")] = False,
    stock: Annotated[bool, typer.Option("--stock", help="Also train and measure Rasa's stock pipeline: slow.")] = False,
    short: Annotated[bool, typer.Option("--short", help="Only see that it works.")] = False,
    misses: Annotated[bool, typer.Option("--misses", help="Print every miss with its text.")] = False,
    newest: Annotated[bool, typer.Option("--newest", help="Take the model trained last; for tuning.")] = False,
    cross_validation: Annotated[bool, typer.Option(help="Also the intents, on held-out parts of data/nlu.")] = True,
) -> None:
    """Measure how well the assistant understands and decides, and write the report."""
    from bench import evaluate as evaluation

    evaluation.run(exam, stock, short, misses, newest, cross_validation)


@app.command()
def bench(
    short: Annotated[bool, typer.Option("--short", help="Only see that it works.")] = False,
    stock: Annotated[bool, typer.Option(help="Compare with Rasa's stock pipeline.")] = True,
) -> None:
    """Measure how fast the assistant answers, beside Rasa's stock pipeline."""
    from bench import speed

    speed.run(short=short, stock=stock)


@app.command()
def doctor(data_dir: DataDir = DATA_DIR) -> None:
    """Check that everything the product needs is there, and say what to do where it is not."""
    from bot.doctor import examine

    findings = list(examine(data_dir))
    for finding in findings:
        print(f"{'ok     ' if finding.well else 'MISSING'} {finding.what}: {finding.note}")
    if not all(finding.well for finding in findings):
        raise Problem("something is missing; the lines above say what to do")


if __name__ == "__main__":
    main()
