import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { aProduct, aUser } from '../../services/order-api/src/testing/examples.ts';
import { runOrderApi } from '../../services/order-api/src/testing/order-api.ts';

const run = promisify(execFile);

/** A fenced block and its language. */
const blocks = /```(\w+)\n(.*?)\n```/gs;

/** Every command of the page with what the page says it answers: the lines below it, `…` for anything. */
async function commandsOf(
  page: string,
): Promise<readonly { command: string; expected: readonly string[] }[]> {
  const found = [...page.matchAll(blocks)].map(([, language = '', text = '']) => ({ language, text }));
  return found.flatMap(({ language, text }, index) => {
    const below = found[index + 1];
    return language === 'sh' && below?.language === 'text'
      ? [{ command: text, expected: below.text.split('\n') }]
      : [];
  });
}

it('docs/api.md says what its commands answer', async () => {
  const user = aUser({ id: '0198c0de-0000-7000-8000-000000000001' });
  const tea = aProduct({ id: '0198c0de-0000-7000-8000-000000000101', stock: 100 });
  await using running = await runOrderApi();
  await running.database.transactions.write(async ({ users, products }) => {
    users.add(user);
    products.add(tea);
  });
  const API = await running.http.listen({ host: '127.0.0.1', port: 0 });
  const TOKEN = await running.token({ subject: user.id });
  const commands = await commandsOf(await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8'));
  expect(commands.length).toBeGreaterThan(8);

  // One shell for all, because later commands use what earlier ones set.
  const mark = '--- next';
  const script = commands.map(({ command }) => `${command}\necho; echo '${mark}'`).join('\n');
  const env = { PATH: process.env['PATH'], API, TOKEN, USER: user.id, TEA: tea.id };
  const { stdout } = await run('bash', ['-eu', '-c', script], { env });
  const answers = stdout.split(mark);
  for (const [index, { command, expected }] of commands.entries()) {
    const lines = (answers[index] ?? '').trim().split(/\r?\n/);
    for (const line of expected) {
      const [start = ''] = line.split('…');
      expect(
        lines.filter((one) => one.startsWith(start)),
        `${command}\n${lines.join('\n')}`,
      ).not.toEqual([]);
    }
  }
});
