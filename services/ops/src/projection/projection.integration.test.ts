import { expect, test } from 'vitest';
import { createSalesDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { parsed, run } from '../command-line/run.fixture.ts';

test('a rebuild is asked for, followed, listed and given up, each with who and why, and nothing without --yes', async () => {
  await using database = await createSalesDatabase();
  const waybill = (...args: readonly string[]) =>
    run(['projection', ...args], {
      environment: { WAYBILL_SALES_DATABASE_URL: database.urlFor('waybill_ops') },
    });
  const list = async () => parsed(await waybill('list', '--json'));
  const first = { generation: 1, state: 'active', messagesLeft: null, comparison: null, cancelledBy: null };
  expect(await waybill('rebuild')).toMatchObject({ exitCode: 2 });
  expect(await waybill('cancel', '2', '--yes')).toMatchObject({ exitCode: 2 });
  expect(await waybill('cancel', '1', '--reason', 'x', '--yes')).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('Generation 1 is not being built'),
  });
  expect((await waybill('rebuild', '--reason', 'off')).out).toContain('Would count everything again');
  expect(await list()).toMatchObject([[first]]);

  // Nobody consumes here, so it is not through in time.
  const following = waybill(
    'rebuild',
    '--reason',
    'off',
    '--actor',
    'ada',
    '--yes',
    '--wait',
    '1m',
    '--json',
  );
  while (JSON.stringify(await list()).includes('building') === false);
  const second = { generation: 2, state: 'building', actor: 'ada', reason: 'off', comparison: 'not begun' };
  const again = await waybill('rebuild', '--reason', 'again', '--yes', '--wait', '1s', '--json');
  expect(again).toMatchObject({ exitCode: 1 });
  expect(parsed(again)).toMatchObject([[first, { ...second, messagesLeft: null, keysBehind: 0 }]]);
  expect((await waybill('rebuild', '--reason', 'again')).out).toContain('A rebuild is under way');
  expect((await waybill('list')).out).toContain('not begun');

  expect((await waybill('cancel', '2', '--reason', 'not now')).out).toContain('Would give up generation 2');
  expect(await list()).toMatchObject([[first, second]]);
  const given = await waybill('cancel', '2', '--reason', 'not now', '--actor', 'bob', '--yes', '--json');
  const gone = {
    ...second,
    state: 'retired',
    comparison: null,
    cancelledBy: 'bob',
    cancelledBecause: 'not now',
  };
  expect(given).toMatchObject({ exitCode: 0 });
  expect(parsed(given)).toMatchObject([[first, gone]]);
  // Whoever followed it hears that it came to nothing.
  const followed = await following;
  expect((await waybill('list')).out).toMatch(/T.* by bob: not now/);
  expect(followed).toMatchObject({ exitCode: 1 });
  expect(parsed(followed)).toMatchObject([[first, gone]]);
});
