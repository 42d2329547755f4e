/** Levels of objects and arrays. A batch of orders needs five. */
export const DEPTH_LIMIT = 16;
/** Elements of one array. The largest that any route takes has a hundred. */
export const ARRAY_LIMIT = 1_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * What of a JSON text is beyond the limits, seen before it is parsed: a validator that names every mistake would be
 * busy for long with an array of 80,000 of them. One pass, without judging whether the text is JSON.
 */
export function excessOf(text: string): string | undefined {
  /** Per open level: the commas seen in it, or undefined for an object. */
  const open: (number | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        open.push(text.charCodeAt(at) === OPEN_ARRAY ? 0 : undefined);
        if (open.length > DEPTH_LIMIT) return `The body is nested deeper than ${DEPTH_LIMIT} levels.`;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        open.pop();
        break;
      case COMMA: {
        const commas = open.at(-1);
        if (commas === undefined) break;
        if (commas + 2 > ARRAY_LIMIT) return `An array of the body has more than ${ARRAY_LIMIT} elements.`;
        open[open.length - 1] = commas + 1;
        break;
      }
    }
  }
  return undefined;
}

/** @returns where the closing quote stands; behind the text when there is none */
function endOfString(text: string, opening: number): number {
  for (let at = opening + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}
