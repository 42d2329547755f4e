import { brokerFindings } from './broker-findings.ts';
import { databaseFindings } from './database-findings.ts';
import type { DoctorLimits, Facts, WantedTopic } from './facts.ts';
import type { Finding } from './finding.ts';
import { laneFindings } from './lane-findings.ts';

/**
 * From what was seen to what is wrong. What follows from something else is left out: while Kafka is away, that is the
 * finding, and not that sixteen lanes back off.
 */
export function diagnose(facts: Facts, wanted: readonly WantedTopic[], limits: DoctorLimits): Finding[] {
  const findings = [
    ...brokerFindings(facts, wanted),
    ...laneFindings(facts, limits),
    ...databaseFindings(facts, limits),
  ];
  // The asker and a relay may both have been refused the same topic.
  const said = new Set<string>();
  return findings.filter(({ cause, subject }) => {
    const name = `${cause} ${subject}`;
    if (said.has(name)) return false;
    said.add(name);
    return true;
  });
}
