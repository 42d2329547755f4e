import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../json-schema.ts';
import type { Change } from './change.ts';
import { compareSchemas } from './compare-schemas.ts';
import type { ContractSet, ReleasedTopic } from './contract-set.ts';

/** A change with what it is a change of, and for a break what to do instead. */
export type Finding = Change & { readonly subject: string; readonly instead: string };

/** Everything in which the contracts are not what was released; empty when nothing changed. */
export function judgeContracts(released: ContractSet, current: ContractSet): readonly Finding[] {
  return [
    ...byName(released.schemas, current.schemas, judgeEvent, newEvent, goneEvent),
    ...byName(released.headers, current.headers, judgeHeaders, newHeaders, goneHeaders),
    ...byName(released.topics, current.topics, judgeTopic, newTopic, goneTopic),
  ];
}

/** One sentence for a person: what changed, why it breaks somebody, and what to do. */
export function sentenceOf(finding: Finding): string {
  const { subject, place, what } = finding;
  const start = `${subject}${place === '' ? '' : ` ${place}`}: ${what}`;
  return finding.kind === 'addition' ? `${start}.` : `${start}, but ${finding.why}. ${finding.instead}`;
}

function byName<Value>(
  released: Readonly<Record<string, Value>>,
  current: Readonly<Record<string, Value>>,
  judge: (name: string, before: Value, after: Value) => Finding[],
  added: (name: string) => Finding,
  gone: (name: string) => Finding,
): Finding[] {
  const [before, after] = [new Map(Object.entries(released)), new Map(Object.entries(current))];
  return [
    ...[...before].flatMap(([name, value]) => {
      const now = after.get(name);
      return now === undefined ? [gone(name)] : judge(name, value, now);
    }),
    ...[...after.keys()].filter((name) => !before.has(name)).map(added),
  ];
}

function judgeEvent(type: string, before: JsonSchema, after: JsonSchema): Finding[] {
  const instead = `Leave ${type} as it was released and define ${nextMajor(type)} beside it; consumers learn to read both before the first one is written.`;
  return compareSchemas(before, after).map((change) => ({ ...change, subject: type, instead }));
}

/** `waybill.order.placed.v1` → `waybill.order.placed.v2`. */
function nextMajor(type: string): string {
  return type.replace(/\d+$/, (major) => String(Number(major) + 1));
}

function newEvent(type: string): Finding {
  return addition(
    type,
    'a new event; those who read orders without a gap have to know it before the first one is written',
  );
}

function goneEvent(type: string): Finding {
  return {
    ...broken(
      type,
      'the event is gone',
      'the topic keeps its events for ever, and somebody has to read them',
    ),
    instead: 'Keep its definition; stop writing it instead.',
  };
}

const keepHeaders = 'Leave the header as it was released and add another one beside it.';

function judgeHeaders(kind: string, before: JsonSchema, after: JsonSchema): Finding[] {
  const subject = `headers of ${kind}`;
  return compareSchemas(before, after).map((change) => ({ ...change, subject, instead: keepHeaders }));
}

function newHeaders(kind: string): Finding {
  return addition(`headers of ${kind}`, 'a new kind of message');
}

function goneHeaders(kind: string): Finding {
  return {
    ...broken(`headers of ${kind}`, 'they are gone', 'messages of the kind are in the topics for ever'),
    instead: keepHeaders,
  };
}

function judgeTopic(name: string, before: ReleasedTopic, after: ReleasedTopic): Finding[] {
  const findings: Finding[] = [];
  const instead = 'Make a new topic instead, and leave this one to those who read it.';
  if (before.partitions !== after.partitions) {
    const what = `the partitions went from ${before.partitions} to ${after.partitions}`;
    const why = 'a key would go to another partition than its earlier events, and lose its order';
    findings.push({ ...broken(name, what, why), instead });
  }
  if (!isDeepStrictEqual(before.config, after.config)) {
    const what = `its settings went from ${JSON.stringify(before.config)} to ${JSON.stringify(after.config)}`;
    const why = 'a consumer that starts anew needs the whole history, as it was promised';
    findings.push({ ...broken(name, what, why), instead });
  }
  for (const type of before.types.filter((one) => !after.types.includes(one))) {
    const what = `${type} is not written to it any more`;
    findings.push({ ...broken(name, what, 'those who subscribed would hear no more of it'), instead });
  }
  for (const type of after.types.filter((one) => !before.types.includes(one)))
    findings.push(addition(name, `${type} is written to it`));
  return findings;
}

function newTopic(name: string): Finding {
  return addition(name, 'a new topic');
}

function goneTopic(name: string): Finding {
  return {
    ...broken(name, 'the topic is gone', 'somebody reads it'),
    instead: 'Keep it for as long as it has readers.',
  };
}

function addition(subject: string, what: string): Finding {
  return { kind: 'addition', subject, place: '', what, instead: '' };
}

function broken(subject: string, what: string, why: string) {
  return { kind: 'break', subject, place: '', what, why } as const;
}
