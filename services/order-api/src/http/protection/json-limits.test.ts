import { describe, expect, it } from 'vitest';
import { ARRAY_LIMIT, DEPTH_LIMIT, excessOf } from './json-limits.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const array = (elements: number, element = '1') => `[${Array(elements).fill(element).join(',')}]`;

describe('a body', () => {
  it.each([
    ['at the depth limit', nested(DEPTH_LIMIT)],
    ['with many levels one after the other', array(100, nested(DEPTH_LIMIT - 1))],
    ['with an array at the limit', `{"a": ${array(ARRAY_LIMIT)}}`],
    [
      'with brackets and commas in strings',
      `{"a": "${'['.repeat(50)}${','.repeat(2_000)}\\"${'['.repeat(50)}"}`,
    ],
    ['with a string that ends in a backslash', `["\\\\", ${nested(DEPTH_LIMIT - 1)}]`],
    ['with an object of many members', `{${array(2_000, '"a":1').slice(1, -1)}}`],
    ['with large elements', array(ARRAY_LIMIT, '{"a":1,"b":[1,2]}')],
    ['that is no JSON', ']]}},,,"'],
  ])('%s is let through', (_, text) => {
    expect(excessOf(text)).toBeUndefined();
  });

  it.each([
    ['nested too deep', nested(DEPTH_LIMIT + 1), 'deeper than 16'],
    ['of objects nested too deep', '{"a":'.repeat(DEPTH_LIMIT + 1), 'deeper than 16'],
    ['with too long an array', array(ARRAY_LIMIT + 1), 'more than 1000 elements'],
    [
      'with too long an array of objects',
      `{"items": ${array(ARRAY_LIMIT + 1, '{"a":[1,2]}')}}`,
      'more than 1000',
    ],
  ])('%s is refused', (_, text, reason) => {
    expect(excessOf(text)).toContain(reason);
  });
});
