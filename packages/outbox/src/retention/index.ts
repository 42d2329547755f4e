export { dropOldDays, type KeptPartition, type RetentionOutcome } from './drop-old-days.ts';
export { isPassing, type OldPartition, readOldPartitions } from './retention.sql.ts';
export { type MadePartitions, makePartitions } from '../relay/partitions.sql.ts';
