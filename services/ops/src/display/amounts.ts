const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `850 ms`, `12 s`, `4 min`, `3 h`, `2 d`: how long, at a glance. */
export function howLong(ms: number): string {
  const [unit, size] = units.find(([, least]) => ms >= least) ?? ['ms', 1];
  return `${Math.floor(ms / size)} ${unit}`;
}

/** Or a dash when there is none. */
export function orDash<T>(value: T | null | undefined, text: (value: T) => string = String): string {
  return value === null || value === undefined ? '–' : text(value);
}

/** `1 lane`, `2 lanes`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
