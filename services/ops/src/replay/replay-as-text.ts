import type { ReplayState } from '@waybill/outbox/operations';
import { counted, orDash } from '../display/amounts.ts';
import { type Column, table } from '../display/table.ts';
import type { ReplayPlan } from './plan-replay.ts';

export interface ReplayResult {
  readonly dryRun: boolean;
  readonly plan: ReplayPlan;
  readonly replays: readonly ReplayState[];
}

const planColumns: readonly Column<ReplayPlan['lanes'][number]>[] = [
  { title: 'lane', align: 'right', text: ({ lane }) => String(lane) },
  { title: 'topic', text: ({ topic }) => topic },
  { title: 'events', align: 'right', text: ({ events }) => String(events) },
  { title: 'first seq', align: 'right', text: ({ firstSeq }) => String(firstSeq) },
  { title: 'last seq', align: 'right', text: ({ lastSeq }) => String(lastSeq) },
  { title: 'per second', align: 'right', text: ({ perSecond }) => String(perSecond) },
];

const replayColumns: readonly Column<ReplayState>[] = [
  { title: 'id', align: 'right', text: ({ id }) => String(id) },
  { title: 'lane', align: 'right', text: ({ lane }) => String(lane) },
  { title: 'topic', text: ({ topic }) => topic },
  { title: 'state', text: ({ state }) => state },
  { title: 'sent', align: 'right', text: ({ sent }) => String(sent) },
  { title: 'seqs', text: ({ fromSeq, toSeq }) => `${fromSeq}..${toSeq}` },
  { title: 'key', text: ({ key }) => orDash(key) },
  { title: 'per second', align: 'right', text: ({ perSecond }) => String(perSecond) },
  { title: 'requested by', text: ({ requestedBy }) => requestedBy },
  { title: 'because', text: ({ cause, reason }) => (cause === 'operator' ? reason : `${cause}: ${reason}`) },
];

export function replayAsText({ dryRun, plan, replays }: ReplayResult): string {
  if (plan.events === 0) return 'No published event fits.\n';
  if (dryRun) {
    return `Would publish ${counted(plan.events, 'event')} again, marked as replayed; --yes does it:\n${table(planColumns, plan.lanes)}`;
  }
  const unfinished = replays.filter(({ state }) => state === 'under way');
  const hint =
    unfinished.length === 0
      ? ''
      : `Still under way: waybill replay list follows it, waybill replay cancel ${unfinished.map(({ id }) => id).join(' | ')} ends it.\n`;
  return `${replaysAsText(replays)}${hint}`;
}

export function replaysAsText(replays: readonly ReplayState[]): string {
  return replays.length === 0 ? 'There was no replay.\n' : table(replayColumns, replays);
}
