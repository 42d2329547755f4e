"""Totals per buyer, from Waybill's events: a consumer that shares no code with Waybill, only the contract.

    python consumer.py --brokers 127.0.0.1:59092 --database totals.db --until-end

An event counts once, however often it arrives, because what was seen is kept in the same SQLite transaction as the
totals, and Kafka's offsets are committed after it: a crash between the two repeats events, which `seen` tells apart.
"""

import argparse
import signal
import sqlite3
import sys

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CommitFailedError

from totals import apply, open_database, totals, waiting_events


def main() -> None:
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    database = open_database(options.database)
    consumer = KafkaConsumer(
        *options.topics,
        bootstrap_servers=options.brokers,
        group_id=options.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        ends = end_offsets(consumer, options.topics) if options.until_end else None
        while ends is None or not everything_committed(consumer, ends):
            batches = consumer.poll(timeout_ms=500)
            if batches:
                apply_all(database, batches)
                commit(consumer)
    finally:
        consumer.close()
    for row in totals(database):
        print(*row, sep="\t")
    print(f"{waiting_events(database)} events wait for an earlier one of their order", file=sys.stderr)


def apply_all(database: sqlite3.Connection, batches: dict) -> None:
    """One transaction for everything that one poll brought. Another process of the group waits at `begin`."""
    database.execute("begin immediate")
    try:
        for records in batches.values():
            for record in records:
                headers = {name: value.decode() for name, value in record.headers}
                apply(database, headers, record.value or b"")
        database.execute("commit")
    except BaseException:
        database.execute("rollback")
        raise


def commit(consumer: KafkaConsumer) -> None:
    try:
        consumer.commit()
    except CommitFailedError:
        pass  # The partitions went to another process, which is given the events again and has seen them.


def end_offsets(consumer: KafkaConsumer, topics: list[str]) -> dict[TopicPartition, int]:
    partitions = [TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic)]
    return {partition: end for partition, end in consumer.end_offsets(partitions).items() if end > 0}


def everything_committed(consumer: KafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    """By the whole group: other processes may have read some of it."""
    return all((consumer.committed(partition) or 0) >= end for partition, end in ends.items())


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default="127.0.0.1:59092")
    parser.add_argument("--database", default="totals.db", help="an SQLite file; it is made when it is not there")
    parser.add_argument("--group", default="python-totals")
    parser.add_argument("--topics", nargs="+", default=["order_placed", "order_cancelled"])
    parser.add_argument("--until-end", action="store_true", help="stop at what is there now and print the totals")
    return parser.parse_args()


if __name__ == "__main__":
    main()
