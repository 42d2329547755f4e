import { isDeepStrictEqual } from 'node:util';
import { type Change, type Direction, whyItBreaks } from './change.ts';

/** Keywords that say something to people and ask nothing of data. */
const annotations = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'examples',
  'default',
  'deprecated',
]);

/** Keywords whose value is compared field by field elsewhere. */
const structure = new Set(['properties', 'required', 'items']);

const lowerBounds = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']);
const upperBounds = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']);

/**
 * Every rule of a schema that is not what was released. A keyword that this does not know breaks when it changes at
 * all: what cannot be judged is not let through.
 */
export function ruleChanges(
  released: Readonly<Record<string, unknown>>,
  current: Readonly<Record<string, unknown>>,
  place: string,
): Change[] {
  return [...new Set([...Object.keys(released), ...Object.keys(current)])]
    .filter((keyword) => !annotations.has(keyword) && !structure.has(keyword))
    .filter((keyword) => !isDeepStrictEqual(released[keyword], current[keyword]))
    .map((keyword) => {
      const [before, after] = [released[keyword], current[keyword]];
      return {
        kind: 'break',
        place,
        what: wordsFor(keyword, before, after),
        why: whyItBreaks[directionOf(keyword, before, after)],
      };
    });
}

function directionOf(keyword: string, before: unknown, after: unknown): Direction {
  if (before === undefined) return 'narrower';
  if (after === undefined) return 'wider';
  if (typeof before === 'number' && typeof after === 'number') {
    if (lowerBounds.has(keyword)) return after > before ? 'narrower' : 'wider';
    if (upperBounds.has(keyword)) return after < before ? 'narrower' : 'wider';
  }
  if (keyword === 'enum' || keyword === 'type') return directionOfSet(valuesOf(before), valuesOf(after));
  return 'other';
}

function directionOfSet(before: ReadonlySet<unknown>, after: ReadonlySet<unknown>): Direction {
  if (after.isSubsetOf(before)) return 'narrower';
  return before.isSubsetOf(after) ? 'wider' : 'other';
}

/** Values as text, and a number as the integers that it also takes. */
function valuesOf(value: unknown): ReadonlySet<string> {
  const values = new Set([value].flat().map((one) => JSON.stringify(one)));
  return values.has('"number"') ? values.add('"integer"') : values;
}

function wordsFor(keyword: string, before: unknown, after: unknown): string {
  if (before === undefined) return `${keyword} ${JSON.stringify(after)} was added`;
  if (after === undefined) return `${keyword} ${JSON.stringify(before)} was removed`;
  return `${keyword} went from ${JSON.stringify(before)} to ${JSON.stringify(after)}`;
}
