/** What runs on @platformatic/kafka. Apart, because loading it takes 40 MB, and the relay by default does without. */
export { type BrokerDisk, readBrokerDisks } from './broker-disks.ts';
export { openEventLog } from './event-log.ts';
export { createPlatformaticPublisher } from './publisher.ts';
