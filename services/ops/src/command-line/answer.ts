import type { Terminal } from '../output.ts';

export type Format = 'text' | 'json';

/** Of a command's `--json`. */
export function formatFrom({ json }: { readonly json?: true }): Format {
  return json ? 'json' : 'text';
}

/** Prints one answer: as one line of JSON, or as text for people. */
export async function answer<T>(
  { out }: Terminal,
  format: Format,
  value: T,
  asText: (value: T) => string,
): Promise<void> {
  await out.write(format === 'json' ? asJson(value) : asText(value));
}

/** One line. Sequence numbers and offsets, which are bigints here, become numbers: they stay far below 2^53. */
export function asJson(value: unknown): string {
  return `${JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part))}\n`;
}
