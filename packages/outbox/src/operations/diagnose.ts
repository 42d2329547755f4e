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
  // Whoever asks and a relay may both be refused the same topic: events wait for the relay, whose turn is the later one.
  const said = new Map(findings.map((finding) => [`${finding.cause} ${finding.subject}`, finding]));
  return [...said.values()];
}
