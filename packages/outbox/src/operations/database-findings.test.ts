import { describe, expect, it } from 'vitest';
import { causesOf, diagnosed } from './diagnosed.fixture.ts';

describe('of the database, a diagnosis', () => {
  it('names parked events by reason, and says where not all of them were counted', () => {
    const parked = [
      { topic: 'placed', reason: 'A', events: 2, eventsAre: 'exact' },
      { topic: 'placed', reason: 'B', events: 2_000, eventsAre: 'at least' },
    ] as const;
    expect(diagnosed({ parked })).toMatchObject([
      { cause: 'EVENTS_PARKED', what: 'placed has parked events: 2 for A, at least 2000 for B.' },
    ]);
  });

  const missing = (parent: 'outbox' | 'outbox_progress', ...days: readonly string[]) =>
    days.map((day) => ({ parent, day }));

  it('names the default partition and the days that have none in one finding, whichever are blocked', () => {
    const defaultPartitions = [{ parent: 'outbox', rows: 3, days: ['2026-11-24'] }] as const;
    const missingPartitions = missing('outbox', '2026-11-24', '2026-11-25', '2026-11-26');
    const found = { cause: 'DEFAULT_PARTITION_USED', subject: 'outbox_default' };
    const [rows, remedy] = [
      '3 rows of 2026-11-24 are in outbox_default, because their day had no partition.',
      'Nothing is lost, and upkeep swaps it once its rows are published and old. See why upkeep did not run.',
    ];
    expect(diagnosed({ defaultPartitions })).toEqual([{ ...found, what: rows, remedy }]);
    expect(diagnosed({ missingPartitions, defaultPartitions })).toEqual([
      {
        ...found,
        what: `${rows} outbox has no partition for 2026-11-24, 2026-11-25, 2026-11-26.`,
        remedy: expect.stringMatching(
          /^Nothing is lost.* of which it holds no row .*outbox_make_partitions\(7\)/,
        ),
      },
    ]);
  });

  it('names one finding where upkeep was dead for events and for receipts', () => {
    const days = ['2026-11-25', '2026-11-26'];
    const missingPartitions = [...missing('outbox', ...days), ...missing('outbox_progress', ...days)];
    const events = { parent: 'outbox', rows: 1_000, days: ['2026-11-24'] } as const;
    const receipts = { parent: 'outbox_progress', rows: 2, days } as const;
    expect(causesOf({ missingPartitions, defaultPartitions: [events] })).toEqual([
      'DEFAULT_PARTITION_USED outbox_default',
    ]);
    const [found, ...others] = diagnosed({ missingPartitions, defaultPartitions: [events, receipts] });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      subject: 'outbox_default, outbox_progress_default',
      what: [
        'At least 1,000 rows are in outbox_default, the first of them of 2026-11-24, because their day had no partition.',
        '2 rows of 2026-11-25, 2026-11-26 are in outbox_progress_default, because their day had no partition.',
        'outbox has no partition for 2026-11-25, 2026-11-26.',
        'outbox_progress has no partition for 2026-11-25, 2026-11-26.',
      ].join(' '),
    });
  });

  it('names the days that have no partition, where no default partition is used', () => {
    expect(causesOf({ missingPartitions: missing('outbox_progress', '2026-11-26') })).toEqual([
      'PARTITION_MISSING outbox_progress',
    ]);
  });

  it.each([
    [{ freeBytes: 1e9, totalBytes: 1e9 }, ['DISK_LOW disk']],
    [{ freeBytes: 4e10, totalBytes: 1e12 }, ['DISK_LOW disk']],
    [{ freeBytes: 6e10, totalBytes: 1e12 }, []],
  ])('wants room on a disk, in bytes and in parts: %j', (space, expected) => {
    expect(causesOf({ disks: [{ name: 'disk', ...space }] })).toEqual(expected);
  });
});
