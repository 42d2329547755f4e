import type { DoctorLimits, Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { LiveRelay } from './live-relays.sql.ts';

/** Whose clock is wrong: this host's, or a relay's. */
export function clockFindings(facts: Facts, limits: DoctorLimits): Finding[] {
  const { clock } = facts;
  const here: Finding[] =
    Math.abs(clock.aheadMs) - clock.withinMs <= limits.clockSkewMs
      ? []
      : [
          {
            cause: 'CLOCK_SKEW',
            subject: 'this host',
            what: `This host’s clock ${off(clock.aheadMs)}.`,
            remedy: onlyMisread,
          },
        ];
  const there = [...Map.groupBy(relaysThatAreOff(facts, limits), ({ host }) => host)].map(
    ([host, own]): Finding => {
      const what = `The clock of the relay on ${host} ${off(own[0]?.clockAheadMs ?? 0)}.`;
      const isRefused = own.some((relay) => lanesRefusedForTheirTime(relay, facts, limits).length > 0);
      return {
        cause: 'CLOCK_SKEW',
        subject: host,
        what: isRefused ? `${what} Kafka refuses its events for that (${refusedForItsTime}).` : what,
        remedy: isRefused ? 'Let the host keep time by NTP; the relay goes on by itself.' : onlyMisread,
      };
    },
  );
  return [...here, ...there];
}

/** Lanes whose failure follows from the clock of the relay that holds them, which `clockFindings` names. */
export function lanesOfWrongClocks(facts: Facts, limits: DoctorLimits): number[] {
  return relaysThatAreOff(facts, limits).flatMap((relay) => lanesRefusedForTheirTime(relay, facts, limits));
}

function relaysThatAreOff({ relays }: Facts, { clockSkewMs }: DoctorLimits): LiveRelay[] {
  return relays.filter(({ clockAheadMs }) => Math.abs(clockAheadMs ?? 0) > clockSkewMs);
}

const refusedForItsTime = 'INVALID_TIMESTAMP';

function lanesRefusedForTheirTime(relay: LiveRelay, facts: Facts, limits: DoctorLimits): number[] {
  const aheadMs = relay.clockAheadMs ?? 0;
  return relay.backingOff
    .filter(({ code }) => code === refusedForItsTime)
    .map(({ lane }) => lane)
    .filter((lane) => isRefusedAt(aheadMs, configOf(lane, facts), limits));
}

/**
 * A relay stamps what it sends, and Kafka compares that with its own clock: by default it takes what is up to an hour
 * ahead and anything older (KIP-937). Its clock is only known to be about the database's. Within these limits the
 * refusal has another reason, a broker's clock for example.
 */
function isRefusedAt(aheadMs: number, config: TopicConfig, { clockSkewMs }: DoctorLimits): boolean {
  const takenMs =
    aheadMs > 0
      ? (config['message.timestamp.after.max.ms'] ?? 3_600_000)
      : (config['message.timestamp.before.max.ms'] ?? Number.POSITIVE_INFINITY);
  return Math.abs(aheadMs) > Number(takenMs) - clockSkewMs;
}

type TopicConfig = Readonly<Record<string, string>>;

/** Of the lane's topic; nothing where it cannot be seen. */
function configOf(lane: number, { broker, lanes }: Facts): TopicConfig {
  const topic = lanes.find((state) => state.lane === lane)?.topic ?? '';
  const found = broker.state === 'answers' ? broker.topics.get(topic) : undefined;
  return found?.state === 'present' ? (found.config ?? {}) : {};
}

const onlyMisread =
  'Nothing is decided by these clocks, but times are misread: let the host keep time by NTP.';

function off(aheadMs: number): string {
  const seconds = (Math.abs(aheadMs) / 1_000).toFixed(1);
  return `is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the database’s`;
}
