import { writeLength } from '../record-headers.ts';

const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const [colon, comma, openBrace, closeBrace] = [0x3a, 0x2c, 0x7b, 0x7d];
/** Bytes of a text whose length is one byte, two bytes. */
const [shortText, longText] = [0x3f, 0x1f_ff];
/** More headers are left to the parser; each is compared with those before it. */
const mostHeaders = 32;
const nameHashes = new Int32Array(mostHeaders);

/** Where encoded headers end, and how many they are. */
export interface FlatHeaders {
  readonly end: number;
  readonly count: number;
}

/**
 * Encodes headers from the JSON text that they are stored as, without making an object of them: a flat object of
 * strings without escapes, as `JSON.stringify` and PostgreSQL's json and jsonb write it. The text is copied and its quotes, colons and
 * commas are replaced by lengths in place, which always fit: at least two bytes stand before each text. In UTF-8 none
 * of the bytes looked for is part of another character.
 *
 * @param target holds at least as many bytes behind `at` as the text has in UTF-8
 * @returns undefined when the text is anything else, also when a name may be there twice: ask the parser
 */
export function encodeFlatHeaders(target: Buffer, at: number, json: string): FlatHeaders | undefined {
  const end = at + target.write(json, at);
  if (target[at] !== openBrace || target[end - 1] !== closeBrace) return undefined;
  if (end - at === 2) return { end: at, count: 0 };
  let from = at + 1;
  let to = at;
  for (let texts = 0; ; texts += 1) {
    if (target[from] !== quote) return undefined;
    from += 1;
    // As if its length were one byte, which it mostly is.
    const start = to;
    to += 1;
    let hash = 0;
    let byte = target[from] ?? 0;
    while (byte !== quote) {
      if (byte === backslash || byte < space) return undefined;
      hash = (Math.imul(hash, 31) + byte) | 0;
      target[to++] = byte;
      byte = target[++from] ?? 0;
    }
    const length = to - start - 1;
    if (length <= shortText) target[start] = length * 2;
    else if (length <= longText) {
      target.copyWithin(start + 2, start + 1, to);
      writeLength(target, start, length);
      to += 1;
    } else return undefined;
    from += 1;
    const isName = texts % 2 === 0;
    if (isName && isKnown(hash, texts / 2)) return undefined;
    if (isName && target[from] === space) from += 1;
    const separator = target[from];
    if (separator === closeBrace && from === end - 1 && !isName) return { end: to, count: (texts + 1) / 2 };
    if (separator !== (isName ? colon : comma)) return undefined;
    from += target[from + 1] === space ? 2 : 1;
  }
}

/** Whether a name with this hash was among the ones before, or there are too many to tell. */
function isKnown(hash: number, count: number): boolean {
  if (count >= mostHeaders) return true;
  for (let i = 0; i < count; i += 1) if (nameHashes[i] === hash) return true;
  nameHashes[count] = hash;
  return false;
}
