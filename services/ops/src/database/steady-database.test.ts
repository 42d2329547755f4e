import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../operator-error.ts';
import type { OperatorDatabase } from './operator-database.ts';
import { steadily } from './steady-database.ts';

const away = new OperatorError('It does not answer (ECONNREFUSED).', { code: 'DATABASE_UNREACHABLE' });

function refusal(code: string): OperatorError {
  const cause = new pg.DatabaseError('planted', 0, 'error');
  cause.code = code;
  return new OperatorError(`It refused (${code}).`, { code: 'DATABASE_REFUSED', cause });
}

/** Answers with its name, or fails with the next of `failures`. */
function connection(name: string, failures: OperatorError[], closed: string[]): OperatorDatabase {
  return {
    place: 'here',
    async query<Row extends pg.QueryResultRow>() {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      const rows: pg.QueryResultRow[] = [{ name }];
      return { rows: rows as Row[] };
    },
    async [Symbol.asyncDispose]() {
      closed.push(name);
    },
  };
}

function steady(failures: OperatorError[], openings: (OperatorError | 'opens')[] = []) {
  const said: string[] = [];
  const closed: string[] = [];
  const ctrlC = new AbortController();
  const output = {
    isTerminal: false,
    async write(text: string) {
      said.push(text);
    },
  };
  let opened = 0;
  const database = steadily(
    connection('first', failures, closed),
    async () => {
      const opening = openings.shift();
      if (opening instanceof OperatorError) throw opening;
      opened += 1;
      return connection(`again ${opened}`, [], closed);
    },
    { terminal: { out: output, err: output }, format: 'text', signal: ctrlC.signal },
  );
  return { ask: () => database.query({ text: 'select', values: [] }), database, said, closed, ctrlC };
}

describe('a database that is looked at again and again', () => {
  it.concurrent.each(['57P01', '57P03', '08006', '53300'])('is asked again after %s', async (code) => {
    const { ask, said, closed } = steady([refusal(code)]);

    expect(await ask()).toEqual({ rows: [{ name: 'again 1' }] });
    expect(closed).toEqual(['first']);
    expect(said).toEqual([
      `It refused (${code}). Trying again until Ctrl-C.\n`,
      'The order database answers again.\n',
    ]);
  });

  it('is waited for as long as it is away, which is said once', async () => {
    const { ask, said } = steady([away], [away, refusal('57P03'), 'opens']);

    expect(await ask()).toEqual({ rows: [{ name: 'again 1' }] });
    expect(said).toEqual([
      `${away.message} Trying again until Ctrl-C.\n`,
      'It refused (57P03). Trying again until Ctrl-C.\n',
      'The order database answers again.\n',
    ]);
  });

  it('says what it refuses otherwise', async () => {
    const denied = refusal('42501');
    const { ask, said } = steady([denied]);

    await expect(ask()).rejects.toBe(denied);
    expect(said).toEqual([]);
  });

  it('is not waited for after Ctrl-C', async () => {
    const { ask, ctrlC, closed } = steady([away]);
    const asked = ask();
    ctrlC.abort();

    await expect(asked).rejects.toBe(away);
    expect(closed).toEqual([]);
  });
});
