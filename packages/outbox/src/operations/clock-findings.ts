import type { DoctorLimits, Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { LiveRelay } from './live-relays.sql.ts';

/** Whose clock is wrong: this host's, or a relay's. */
export function clockFindings({ clock, relays }: Facts, { clockSkewMs }: DoctorLimits): Finding[] {
  const here: Finding[] =
    Math.abs(clock.aheadMs) - clock.withinMs <= clockSkewMs
      ? []
      : [
          {
            cause: 'CLOCK_SKEW',
            subject: 'this host',
            what: `This host’s clock ${off(clock.aheadMs)}.`,
            remedy: onlyMisread,
          },
        ];
  const there = relays
    .filter(({ clockAheadMs }) => Math.abs(clockAheadMs ?? 0) > clockSkewMs)
    .map((relay): Finding => {
      const what = `The clock of the relay on ${relay.host} ${off(relay.clockAheadMs ?? 0)}.`;
      const isRefused = lanesRefusedForTheirTime(relay).length > 0;
      return {
        cause: 'CLOCK_SKEW',
        subject: relay.host,
        what: isRefused ? `${what} Kafka refuses its events for that (${refusedForItsTime}).` : what,
        remedy: isRefused ? 'Let the host keep time by NTP; the relay goes on by itself.' : onlyMisread,
      };
    });
  return [...here, ...there];
}

/** Lanes whose failure follows from the clock of the relay that holds them, which `clockFindings` names. */
export function lanesOfWrongClocks({ relays }: Facts, { clockSkewMs }: DoctorLimits): number[] {
  return relays
    .filter(({ clockAheadMs }) => Math.abs(clockAheadMs ?? 0) > clockSkewMs)
    .flatMap(lanesRefusedForTheirTime);
}

/**
 * A relay stamps what it sends, and Kafka takes no record that is further ahead of its own clock than
 * message.timestamp.after.max.ms: an hour, by default (KIP-937).
 */
const refusedForItsTime = 'INVALID_TIMESTAMP';

function lanesRefusedForTheirTime({ backingOff }: LiveRelay): number[] {
  return backingOff.filter(({ code }) => code === refusedForItsTime).map(({ lane }) => lane);
}

const onlyMisread =
  'Nothing is decided by these clocks, but times are misread: let the host keep time by NTP.';

function off(aheadMs: number): string {
  const seconds = (Math.abs(aheadMs) / 1_000).toFixed(1);
  return `is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the database’s`;
}
