import { type Facts, type KafkaRecord, placeOf } from './facts.ts';

const absoluteUri = /^[a-z][a-z0-9+.-]*:\S+$/i;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
// W3C Trace Context, section 3.2: version 00, ids not all zero.
const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

type Test = (value: string, record: KafkaRecord, header: (name: string) => string) => boolean;

const wanted: Readonly<Record<string, Test>> = {
  ce_specversion: (value) => value === '1.0',
  ce_id: (value, record, header) => value === `${record.key?.toString('utf8')}:${header('ce_orderversion')}`,
  ce_type: (value) => /^[a-z]+(\.[a-z]+)+\.v[1-9]\d*$/.test(value),
  ce_source: (value) => value === '/waybill/orders',
  ce_subject: (value, record) => value === record.key?.toString('utf8'),
  ce_time: (value) => rfc3339.test(value),
  ce_orderversion: (value) => /^[1-9]\d*$/.test(value),
  ce_dataschema: (value) => absoluteUri.test(value),
  'content-type': (value) => value === 'application/json',
  traceparent: (value) => traceparent.test(value),
  ce_epoch: (value) => /^[1-9]\d*$/.test(value),
};

/** Records without a header that a Waybill event carries, or with one of the wrong form (CloudEvents 1.0, Kafka binary mode). */
export function malformedCloudEvents({ records }: Pick<Facts, 'records'>): string[] {
  return records.flatMap((record) => {
    const header = (name: string) =>
      record.headers.find(([found]) => found === name)?.[1].toString('utf8') ?? '';
    return Object.entries(wanted)
      .filter(([name, test]) => !test(header(name), record, header))
      .map(([name]) => `${placeOf(record)}: ${name} is "${header(name)}"`);
  });
}
