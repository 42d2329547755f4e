"""What the consumer keeps, in one SQLite file: which events were seen, how far each order is, and the totals.

It knows no Kafka. `apply` gets an event's headers and value and does everything in the caller's transaction.
"""

import hashlib
import json
import sqlite3
from decimal import Decimal

PLACED = "waybill.order.placed.v1"
CANCELLED = "waybill.order.cancelled.v1"
DISCARDED = "waybill.event.discarded.v1"

SCHEMA = """
create table if not exists seen (event_id text primary key, digest blob not null) strict;
create table if not exists orders (order_id text primary key, version integer not null) strict;
create table if not exists early (
    order_id text, version integer, type text not null, value blob not null, primary key (order_id, version)
) strict;
create table if not exists totals (
    user_id text, currency text, orders integer not null, cents integer not null, primary key (user_id, currency)
) strict;
"""


class Contradiction(Exception):
    """The same event came with other content: its source was restored and tells another story (see ce_epoch)."""


class UnknownType(Exception):
    """A type that this program does not know. Going on would leave a hole in the order's history."""


def open_database(path: str) -> sqlite3.Connection:
    """Transactions are begun and ended by hand; a second process of the same group waits for its turn."""
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    # Of two processes that make the file at once the second waits at `begin immediate`; changing the journal's mode, it
    # would be told that the file is locked.
    database.executescript(f"begin immediate; {SCHEMA} commit;")
    return database


def apply(database: sqlite3.Connection, headers: dict[str, str], value: bytes) -> str:
    """Says what became of the event: applied, duplicate, or early when an earlier event of its order is to come."""
    event_id, order_id = headers["ce_id"], headers["ce_subject"]
    version, event_type = int(headers["ce_orderversion"]), headers["ce_type"]
    if event_type not in (PLACED, CANCELLED, DISCARDED):
        raise UnknownType(f"{event_id} is a {event_type}: teach this program the type, then start it again")

    digest = hashlib.sha256(event_type.encode() + value).digest()
    before = database.execute("select digest from seen where event_id = ?", (event_id,)).fetchone()
    if before is not None:
        if before[0] != digest:
            raise Contradiction(f"{event_id} came before with other content (epoch {headers.get('ce_epoch')})")
        return "duplicate"
    database.execute("insert into seen values (?, ?)", (event_id, digest))

    if version != version_of(database, order_id) + 1:
        database.execute("insert into early values (?, ?, ?, ?)", (order_id, version, event_type, value))
        return "early"
    while True:
        count(database, event_type, value)
        database.execute("insert or replace into orders values (?, ?)", (order_id, version))
        version += 1
        waiting = database.execute(
            "delete from early where order_id = ? and version = ? returning type, value", (order_id, version)
        ).fetchall()
        if not waiting:
            return "applied"
        [(event_type, value)] = waiting


def version_of(database: sqlite3.Connection, order_id: str) -> int:
    row = database.execute("select version from orders where order_id = ?", (order_id,)).fetchone()
    return 0 if row is None else row[0]


def count(database: sqlite3.Connection, event_type: str, value: bytes) -> None:
    """The effect. A discarded event has none; its version counts all the same."""
    if event_type == DISCARDED:
        return
    event = json.loads(value)
    cents = int(Decimal(event["total"]) * 100)  # exact: the text has two decimals
    sign = 1 if event_type == PLACED else -1
    database.execute(
        """insert into totals values (?, ?, ?, ?)
           on conflict do update set orders = orders + excluded.orders, cents = cents + excluded.cents""",
        (event["user_id"], event["currency"], sign, sign * cents),
    )


def totals(database: sqlite3.Connection) -> list[tuple[str, str, int, str]]:
    """Buyers with their currency, number of standing orders and exact sum."""
    rows = database.execute("select * from totals where orders > 0 order by user_id, currency")
    return [(user, currency, orders, f"{cents // 100}.{cents % 100:02}") for user, currency, orders, cents in rows]


def waiting_events(database: sqlite3.Connection) -> int:
    return database.execute("select count(*) from early").fetchone()[0]
