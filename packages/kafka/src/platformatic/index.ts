/** What runs on @platformatic/kafka and needs all of it. Publishing does not, and stands apart (client-parts.ts). */
export { type BrokerDisk, readBrokerDisks } from './broker-disks.ts';
export { openEventLog } from './event-log.ts';
