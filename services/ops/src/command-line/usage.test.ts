import { describe, expect, test, vi } from 'vitest';
import type { Command } from 'commander';
import { createProgram } from './program.ts';
import { parsed, run } from './run.fixture.ts';

const nowhere = {
  out: { isTerminal: false, write: async () => {} },
  err: { isTerminal: false, write: async () => {} },
};

function allCommands(): Command[] {
  const program = createProgram({
    terminal: nowhere,
    environment: () => ({}),
    interruption: () => new AbortController().signal,
    exitWith: () => {},
  });
  const below = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(below);
  return below(program);
}

function nameOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

describe('the command line', () => {
  test.each(allCommands().map((command) => [nameOf(command), command] as const))(
    'of %s takes --json and describes itself',
    (_, command) => {
      expect(command.options.map(({ long }) => long)).toContain('--json');
      expect(command.description()).not.toBe('');
    },
  );

  test('lists every command and exit code in --help', async () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const { exitCode } = await run(['--help']).finally(() => vi.restoreAllMocks());

    expect(exitCode).toBe(0);
    const help = written.join('');
    for (const command of allCommands()) expect(help).toContain(`\n  ${nameOf(command).split(' ')[0]} `);
    expect(help).toMatch(/Exit codes:\n {2}0 {2}.*\n {2}1 {2}.*\n {2}2 {2}.*\n {2}3 {2}/);
  });

  test.each([
    ['an unknown command', ['statsu'], "Unknown command 'statsu' (Did you mean status?)"],
    ['an unknown option', ['lanes', '--tpoic', 'x'], "Unknown option '--tpoic' (Did you mean --topic?)"],
    [
      'no number',
      ['tail', 't', '--max', 'many'],
      /^Option '--max <events>' argument 'many' is invalid. It must be/,
    ],
    ['a missing argument', ['tail'], "Missing required argument 'topic'"],
    ['an argument too many', ['lanes', 'x'], /^Too many arguments for 'lanes'/],
  ])('exits 2 with one sentence for %s', async (_, args, sentence) => {
    const { exitCode, out, err } = await run(args);

    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toMatch(/^[^\n]+\n$/);
    expect(err).toMatch(sentence);
  });

  test('says an error as JSON where --json is given', async () => {
    const usage = await run(['status', '--every', '0', '--json']);
    expect(usage.exitCode).toBe(2);
    expect(parsed({ out: usage.err })).toEqual([
      { error: { code: 'USAGE', message: expect.stringContaining('It must be a whole number from 1 up.') } },
    ]);
    const nothing = await run(['status', '--json']);
    expect(nothing.exitCode).toBe(1);
    expect(nothing.out).toBe('');
    expect(parsed({ out: nothing.err })).toEqual([
      { error: { code: 'NO_WAYBILL', message: expect.stringContaining('WAYBILL_DATABASE_URL is not set') } },
    ]);
  });
});
