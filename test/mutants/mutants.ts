import { type Mutant, projectOf } from './mutant.ts';
import { consumerMutants } from './consumer-mutants.ts';
import { contractsMutants } from './contracts-mutants.ts';
import { doctorMutants } from './doctor-mutants.ts';
import { edgeMutants } from './edge-mutants.ts';
import { failureMutants } from './failure-mutants.ts';
import { faultMutants } from './fault-mutants.ts';
import { guardMutants } from './guard-mutants.ts';
import { lateMutants } from './late-mutants.ts';
import { jobMutants } from './jobs-mutants.ts';
import { operationsMutants } from './operations-mutants.ts';
import { orderMutants } from './order-mutants.ts';
import { healthMutants } from './health-mutants.ts';
import { outboxMutants } from './outbox-mutants.ts';
import { parkingMutants } from './parking-mutants.ts';
import { processMutants } from './process-mutants.ts';
import { inboxMutants } from './inbox-mutants.ts';
import { publisherMutants } from './publisher-mutants.ts';
import { readMutants } from './read-mutants.ts';
import { doorbellMutants } from './doorbell-mutants.ts';
import { relayMutants } from './relay-mutants.ts';
import { writeMutants } from './write-mutants.ts';
import { replayMutants } from './replay-mutants.ts';
import { sessionMutants } from './session-mutants.ts';
import { surfaceMutants } from './surface-mutants.ts';
import { rebuildMutants } from './rebuild-mutants.ts';
import { reconcileMutants } from './reconcile-mutants.ts';
import { retentionMutants } from './retention-mutants.ts';

/** Every way to break Waybill that a test is known to notice, the fast ones first. */
export const mutants: readonly Mutant[] = [
  ...guardMutants,
  ...contractsMutants,
  ...operationsMutants,
  ...doctorMutants,
  ...faultMutants,
  ...outboxMutants,
  ...healthMutants,
  ...relayMutants,
  ...doorbellMutants,
  ...retentionMutants,
  ...parkingMutants,
  ...readMutants,
  ...lateMutants,
  ...replayMutants,
  ...jobMutants,
  ...publisherMutants,
  ...consumerMutants,
  ...inboxMutants,
  ...rebuildMutants,
  ...reconcileMutants,
  ...edgeMutants,
  ...orderMutants,
  ...writeMutants,
  ...sessionMutants,
  ...surfaceMutants,
  ...processMutants,
  ...failureMutants,
].toSorted((a, b) => Number(needsServers(a)) - Number(needsServers(b)));

function needsServers({ tests }: Mutant): boolean {
  return projectOf(tests) !== 'unit';
}
