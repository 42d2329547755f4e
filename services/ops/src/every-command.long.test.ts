import { everyTopic } from '@waybill/contracts';
import { ensureTopics } from '@waybill/kafka';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createOrderDatabase, type TestDatabase } from '../../../test/servers/databases.ts';
import { silentLog } from '../../../test/relay/silent-log.ts';
import '../../../test/servers/provided.ts';
import { startWaybill } from '../../../test/servers/waybill-command.ts';
import { parsed } from './command-line/run.fixture.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createOrderDatabase();
  const kafka = { brokers: inject('servers').kafkaBrokers, clientId: 'test', requestTimeoutMs: 5_000 };
  await ensureTopics(kafka, everyTopic, silentLog);
});

afterAll(() => database[Symbol.asyncDispose]());

async function waybill(args: readonly string[]): Promise<{ code: unknown; out: string; err: string }> {
  await using command = startWaybill(args, {
    WAYBILL_DATABASE_URL: database.urlFor('waybill_ops'),
    KAFKA_BROKERS: inject('servers').kafkaBrokers.join(','),
  });
  return await command.ended;
}

const because = ['--reason', 'a test'];

/** Each with what its exit code is on a database that no relay works on. */
const commands: readonly (readonly [args: readonly string[], code: number])[] = [
  [['status'], 0],
  [['lanes'], 0],
  [['doctor', '--free-mib', '0'], 3],
  [['parked', 'list'], 0],
  [['parked', 'redrive', '--all', ...because, '--yes'], 0],
  [['parked', 'discard', '--all', ...because], 0],
  [['pause', '--all', ...because], 0],
  [['resume', '--all', ...because], 0],
  [['reconcile', '--topic', 'order_placed', '--since', '2999-01-01T00:00:00Z'], 0],
  [['replay', 'start', '--order', 'nobody', ...because], 0],
  [['replay', 'list'], 0],
  [['source', 'show'], 0],
  [['audit'], 0],
  [['source', 'raise-epoch', ...because], 0],
];

test('every command is a process that prints JSON and nothing else, and exits as its help says', async () => {
  const waiting = [...commands];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [args, code] = next;
      const outcome = await waybill([...args, '--json']);
      expect({ args, ...outcome }).toMatchObject({ code, err: '' });
      expect(parsed(outcome)).toHaveLength(1);
    }
  };
  await Promise.all([work(), work()]);
}, 180_000);

test('what fails prints nothing but the error, as JSON', async () => {
  const [shown, cancelled] = await Promise.all([
    waybill(['parked', 'show', '1', '1', '--json']),
    waybill(['replay', 'cancel', '1', ...because, '--json']),
  ]);
  for (const { code, out, err } of [shown, cancelled]) {
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(parsed({ out: err })).toMatchObject([{ error: { code: 'NOT_FOUND' } }]);
  }
});
