import { notAuthorized, tellOfOutage } from './broker-findings.ts';
import { lanesOfWrongClocks } from './clock-findings.ts';
import type { DoctorLimits, Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { LaneState } from './lane-states.sql.ts';
import type { BackingOff, LiveRelay } from './live-relays.sql.ts';
import type { LogLoss } from './log-losses.sql.ts';

/** What is wrong with the work on the lanes, where neither the broker, a missing relay nor a clock explains it. */
export function laneFindings(facts: Facts, limits: DoctorLimits): Finding[] {
  const explained = new Set([...lanesInOutage(facts), ...lanesOfWrongClocks(facts, limits)]);
  const findings: Finding[] = [];
  const take = (lanes: Iterable<number>, found: Finding[]): void => {
    findings.push(...found);
    for (const lane of lanes) explained.add(lane);
  };
  const all = facts.relays.flatMap((relay) => relay.backingOff.map((waiting) => ({ relay, waiting })));
  const pausedByLoss = lanesOfLosses(facts.logLosses, 'paused');
  take(pausedByLoss, lostLogFindings(facts.logLosses));
  const paused = facts.lanes.filter(({ isPaused, lane }) => isPaused && !pausedByLoss.includes(lane));
  take(
    paused.map(({ lane }) => lane),
    pausedFindings(paused),
  );
  if (facts.relays.length === 0 && facts.lanes.length > 0) return [...findings, noRelay];

  const shutOut = all.filter(({ waiting }) => isRefusedLogin(waiting) && !explained.has(waiting.lane));
  const locked = relaysOf(shutOut).flatMap((relay) => lanesHeldBack(relay, isRefusedLogin, facts.lanes));
  take([...lanesOf(shutOut), ...locked], oncePerRelay(shutOut, loginRefused));
  // Not before: a topic's state does not explain that a relay may ask for none.
  take(lanesWithoutTopic(facts), []);
  const throttled = all.filter(({ waiting }) => isQuota(waiting));
  take(
    relaysOf(throttled).flatMap((relay) => lanesHeldBack(relay, isQuota, facts.lanes)),
    oncePerRelay(throttled, overQuota),
  );
  const others = all.filter(({ waiting }) => !explained.has(waiting.lane));
  take(lanesOf(others), backingOffFindings(others, facts.lanes));
  const unowned = facts.lanes.filter(({ owner, lane }) => owner === null && !explained.has(lane));
  take(
    unowned.map(({ lane }) => lane),
    unownedFindings(unowned),
  );
  take(lanesOfLosses(facts.logLosses, 'republishing'), []);
  return [...findings, ...waitingFindings(facts, explained, limits)];
}

/** The relay's lanes but those that wait for something else as well. */
function lanesHeldBack(
  { relayId, backingOff }: LiveRelay,
  isBy: (waiting: BackingOff) => boolean,
  lanes: readonly LaneState[],
): number[] {
  const others = backingOff.filter((waiting) => !isBy(waiting) && waiting.class !== 'unreachable');
  const elsewhere = new Set(others.map(({ lane }) => lane));
  return lanes
    .filter(({ owner, lane }) => owner?.relayId === relayId && !elsewhere.has(lane))
    .map(({ lane }) => lane);
}

/**
 * All of them while Kafka is away. Where it only refuses whoever asks, relays have logins of their own; and where relays
 * tell of failures and none of them is that it does not answer, it is not from there that it is away.
 */
function lanesInOutage({ broker, relays, lanes }: Facts): number[] {
  if (broker.state !== 'unreachable') return [];
  const isTold = relays.every(({ backingOff }) => backingOff.length === 0) || tellOfOutage(relays);
  return isTold ? lanes.map(({ lane }) => lane) : [];
}

/** Lanes whose state follows from what `brokerFindings` says of their topics. A relay may see what we may not. */
function lanesWithoutTopic({ broker, lanes }: Facts): number[] {
  if (broker.state !== 'answers') return [];
  return lanes
    .filter(({ topic, partition }) => {
      const found = broker.topics.get(topic);
      if (found === undefined || found.state === 'not authorized') return false;
      return (
        found.state !== 'present' || partition >= found.partitions || found.leaderless.includes(partition)
      );
    })
    .map(({ lane }) => lane);
}

const noRelay: Finding = {
  cause: 'NO_RELAY',
  subject: 'relay',
  what: 'No relay runs: no lease is good. Nothing is lost: events wait in the outbox.',
  remedy: 'Start outbox-relay; if it runs, see in its log why it does not reach the database.',
};

function lostLogFindings(losses: readonly LogLoss[]): Finding[] {
  return [...Map.groupBy(losses, ({ topic }) => topic)].map(([topic, own]) => {
    const lost = own.map(({ lane, lostFrom, lostTo }) => `lane ${lane} (offsets ${lostFrom} to ${lostTo})`);
    const paused = own.filter(({ state }) => state === 'paused').map(({ lane }) => lane);
    const isPaused = paused.length > 0;
    return {
      cause: 'LOG_LOST',
      subject: topic,
      what:
        `Kafka lost what receipts name of ${topic}, which was made anew or cut short: ${lost.join(', ')}. ` +
        (isPaused
          ? `The relay paused lane ${paused.join(', ')}, as RELAY_ON_LOG_LOSS wants it.`
          : 'The relay publishes it again, marked as replayed.'),
      remedy: isPaused
        ? `Find out what happened; then waybill resume --lane ${paused.join(' --lane ')} --reason …, and waybill replay for what consumers lack.`
        : 'Find out who deleted the topic or lost its disk; waybill replay list shows how far the relay is.',
    };
  });
}

function pausedFindings(lanes: readonly LaneState[]): Finding[] {
  return [...Map.groupBy(lanes, ({ topic }) => topic)].map(([topic, own]) => ({
    cause: 'LANE_PAUSED',
    subject: topic,
    what: `Paused by an operator: lane ${own.map(({ lane }) => lane).join(', ')} of ${topic}.`,
    remedy: `When the reason is gone: waybill resume --lane ${own.map(({ lane }) => lane).join(' --lane ')} --reason …`,
  }));
}

interface Waiting {
  readonly relay: LiveRelay;
  readonly waiting: BackingOff;
}

/** A pause of the relay's explains all of a lane; publishing again no more than that events wait for their turn. */
function lanesOfLosses(losses: readonly LogLoss[], state: LogLoss['state']): number[] {
  return losses.filter((loss) => loss.state === state).map(({ lane }) => lane);
}

function relaysOf(all: readonly Waiting[]): LiveRelay[] {
  return [...new Set(all.map(({ relay }) => relay))];
}

function lanesOf(all: readonly Waiting[]): number[] {
  return all.map(({ waiting }) => waiting.lane);
}

/** What holds back a relay and not a lane is said of its first one that waits. */
function oncePerRelay(
  all: readonly Waiting[],
  say: (relay: LiveRelay, waiting: BackingOff) => Finding,
): Finding[] {
  return [...Map.groupBy(all, ({ relay }) => relay.relayId).values()].flatMap((own) =>
    own.slice(0, 1).map(({ relay, waiting }) => say(relay, waiting)),
  );
}

function backingOffFindings(all: readonly Waiting[], lanes: readonly LaneState[]): Finding[] {
  const topicOf = new Map(lanes.map(({ lane, topic }) => [lane, topic]));
  const { unreachable = [], others = [] } = Object.groupBy(all, ({ waiting }) =>
    waiting.class === 'unreachable' ? 'unreachable' : 'others',
  );
  const perTopic = [
    ...Map.groupBy(others, ({ waiting }) => `${topicOf.get(waiting.lane)} ${waiting.code}`).values(),
  ].flatMap((own) =>
    own.slice(0, 1).map(({ waiting }) => {
      const topic = topicOf.get(waiting.lane) ?? `lane ${waiting.lane}`;
      return waiting.class === 'authorization'
        ? notAuthorized(topic, waiting.code)
        : refused(
            topic,
            waiting,
            own.map((one) => one.waiting.lane),
          );
    }),
  );
  return [...oncePerRelay(unreachable, cannotReach), ...perTopic];
}

function cannotReach({ host }: LiveRelay, { code }: BackingOff): Finding {
  return {
    cause: 'RELAY_CANNOT_REACH_KAFKA',
    subject: host,
    what: `Kafka answers here, but the relay on ${host} gets no answer (${code}).`,
    remedy: `Check the network, names and addresses between ${host} and the brokers.`,
  };
}

/**
 * Kafka does not let the relay in. What a user may not do has a name with this ending; a password, a mechanism or a user
 * that is refused has another.
 */
function isRefusedLogin({ class: kind, code }: BackingOff): boolean {
  return kind === 'authorization' && !code.endsWith('_AUTHORIZATION_FAILED');
}

/** A login is the relay’s and not a topic’s: it holds back every lane, whether a send of it failed or not. */
function loginRefused({ host }: LiveRelay, { code, since }: BackingOff): Finding {
  return {
    cause: 'NOT_AUTHORIZED',
    subject: host,
    what: `Kafka does not let the relay on ${host} in since ${since} (${code}). Nothing is lost: events wait in the outbox.`,
    remedy:
      'Set the relay’s KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD (and KAFKA_SASL_MECHANISM) to what the brokers know, and restart it; if they lack its user, make it there, and the relay goes on by itself.',
  };
}

function isQuota(waiting: BackingOff): boolean {
  return waiting.class === 'quota';
}

/** A quota is the user's or the client's: it holds back every lane of a relay, whether a send of it failed or not. */
function overQuota({ host }: LiveRelay, { code, since }: BackingOff): Finding {
  return {
    cause: 'QUOTA_EXCEEDED',
    subject: host,
    what: `Kafka throttles the relay on ${host} since ${since} (${code}): it publishes more than its quota allows.`,
    remedy: 'Raise producer_byte_rate or request_percentage of its user or client id; it goes on by itself.',
  };
}

function refused(topic: string, { code, since }: BackingOff, lanes: readonly number[]): Finding {
  return {
    cause: 'LANE_BACKING_OFF',
    subject: topic,
    what: `Kafka refuses lane ${lanes.join(', ')} of ${topic} since ${since} (${code}). Nothing is lost.`,
    remedy: 'Mend what the code names (Kafka’s documentation lists them); the relay goes on by itself.',
  };
}

function unownedFindings(lanes: readonly LaneState[]): Finding[] {
  return [...Map.groupBy(lanes, ({ topic }) => topic)].map(([topic, own]) => ({
    cause: 'LANE_UNOWNED',
    subject: topic,
    what: `Relays run, but none holds lane ${own.map(({ lane }) => lane).join(', ')} of ${topic}.`,
    remedy: 'See in the relays’ logs why they do not take it; restarting one does no harm.',
  }));
}

function waitingFindings(facts: Facts, explained: ReadonlySet<number>, limits: DoctorLimits): Finding[] {
  const old = facts.backlog.filter(
    ({ lane, oldestAgeMs }) => !explained.has(lane) && (oldestAgeMs ?? 0) > limits.pendingMs,
  );
  return [...Map.groupBy(old, ({ topic }) => topic)].map(([topic, own]) => ({
    cause: 'EVENTS_WAIT',
    subject: topic,
    what: `Events of ${topic} wait for up to ${Math.round(Math.max(...own.map(({ oldestAgeMs }) => oldestAgeMs ?? 0)) / 1_000)} s, and nothing that was looked at explains it.`,
    remedy: 'Watch waybill status: if the backlog shrinks, it is load; else see the relay’s log.',
  }));
}
