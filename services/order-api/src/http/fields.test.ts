import { describe, expect, it } from 'vitest';
import { closed, line } from './fields.ts';
import { validatorCompiler } from './validation.ts';

const schema: object = closed({ name: line(120) });
const validate = validatorCompiler()({
  schema,
  httpPart: 'querystring',
  method: 'GET',
  url: '/',
});
const isLine = (name: string) => validate({ name }) === true;

describe('a line', () => {
  it.each(['x', ' x', 'x ', '\u3000x y\u00a0', '𝒳', 'é'.repeat(120)])('is %j', (text) => {
    expect(isLine(text)).toBe(true);
  });

  it.each(['', ' ', '\u2028\u3000 ', 'x\0', '\nx', ' \ud800', 'x'.repeat(121)])('is not %j', (text) => {
    expect(isLine(text)).toBe(false);
  });

  // Read in more than one way, each of these would keep the process for a quarter of a minute.
  it.each(['x', ' ', ' x'])('is told from %j, 60,000 times and a NUL, before the test’s limit', (text) => {
    expect(isLine(`${text.repeat(60_000)}\0`)).toBe(false);
  });
});
