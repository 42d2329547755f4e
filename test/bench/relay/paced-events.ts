/** Few enough that a key's versions follow each other, many enough that no two of one key are ever under way. */
const keys = 400;

/** The n-th event of a paced writer. */
export function pacedEvent(nth: number): { readonly key: string; readonly version: number } {
  return {
    key: `0198c0de-0000-7000-8000-${(nth % keys).toString(16).padStart(12, '0')}`,
    version: Math.floor(nth / keys) + 1,
  };
}

/** Which event of a paced writer it is. */
export function nthOf({ key, version }: { readonly key: string; readonly version: number }): number {
  return (version - 1) * keys + Number.parseInt(key.slice(-12), 16);
}
