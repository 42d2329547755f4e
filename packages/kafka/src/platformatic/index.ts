/** What runs on @platformatic/kafka, but for publishing. Loading it takes 50 MB, which a relay does without. */
export { type BrokerDisk, readBrokerDisks } from './broker-disks.ts';
export { openEventLog } from './event-log.ts';
