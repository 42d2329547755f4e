const dayMs = 86_400_000;

/** When a job is due: again and again from the epoch on, or once a day at a time of day. All in UTC. */
export type Schedule =
  | { readonly kind: 'every'; readonly ms: number }
  | { readonly kind: 'daily'; readonly hour: number; readonly minute: number };

/** The last time at or before `now` at which the job was due. */
export function lastDue(schedule: Schedule, now: Date): Date {
  const at = now.getTime();
  if (schedule.kind === 'every') return new Date(Math.floor(at / schedule.ms) * schedule.ms);
  const offset = (schedule.hour * 60 + schedule.minute) * 60_000;
  return new Date(Math.floor((at - offset) / dayMs) * dayMs + offset);
}

/** Between two due times, in ms. */
export function periodOf(schedule: Schedule): number {
  return schedule.kind === 'every' ? schedule.ms : dayMs;
}

/** `every 15 s`, `daily at 03:10 UTC`. */
export function inWords(schedule: Schedule): string {
  if (schedule.kind === 'daily') {
    const twoDigits = (number: number): string => String(number).padStart(2, '0');
    return `daily at ${twoDigits(schedule.hour)}:${twoDigits(schedule.minute)} UTC`;
  }
  const { ms } = schedule;
  if (ms % 3_600_000 === 0) return `every ${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return `every ${ms / 60_000} min`;
  return ms % 1_000 === 0 ? `every ${ms / 1_000} s` : `every ${ms} ms`;
}
