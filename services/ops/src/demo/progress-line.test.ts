import { describe, expect, test } from 'vitest';
import { ProgressLine, progressText } from './progress-line.ts';

function recorder(isTerminal: boolean) {
  const written: string[] = [];
  return { written, output: { isTerminal, write: async (text: string) => void written.push(text) } };
}

const counts = (n: number) => ({ placed: n, published: n / 2, projected: 0 });

describe('the progress line', () => {
  test('names what is placed, published and projected, and how fast', () => {
    expect(
      progressText(
        { placed: 1_200, published: 1_150, projected: 7 },
        { placed: 640.4, published: 600, projected: 0 },
        2_000,
      ),
    ).toBe('placed 1,200 (640/s) · published 1,150 (600/s) · projected 7 (0/s) · of 2,000');
  });

  test('stays one line on a terminal', async () => {
    const { written, output } = recorder(true);
    const line = new ProgressLine(output, 2_000);
    await line.show(counts(0), 0);
    await line.show(counts(100), 200);

    expect(written).toHaveLength(2);
    expect(written[1]).toBe(
      '\r\u001b[Kplaced 100 (500/s) · published 50 (250/s) · projected 0 (0/s) · of 2,000',
    );
  });

  test('elsewhere is a line every second', async () => {
    const { written, output } = recorder(false);
    const line = new ProgressLine(output, 2_000);
    for (let now = 0; now <= 2_500; now += 100) await line.show(counts(now), now);

    expect(written).toHaveLength(3);
    expect(written[2]).toMatch(/^placed 2,000 \(1,000\/s\).*\n$/);
  });

  test('forgets the rates of two seconds ago', async () => {
    const { written, output } = recorder(false);
    const line = new ProgressLine(output, 2_000);
    await line.show(counts(0), 0);
    await line.show(counts(1_000), 1_000);
    await line.show(counts(1_000), 5_000);
    await line.show(counts(1_000), 6_000);

    expect(written.at(-1)).toContain('placed 1,000 (0/s)');
  });
});
