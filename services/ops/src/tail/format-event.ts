import type { ReceivedMessage } from '@waybill/kafka';

export interface ShownEvent {
  readonly topic: string;
  readonly partition: number;
  readonly message: ReceivedMessage;
}

export type Style = 'plain' | 'coloured';

const dim = (text: string): string => `\u001b[2m${text}\u001b[22m`;
const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`;

/** One line of JSON: the message's coordinates, headers and value; the value stays the text that Kafka holds. */
export function eventAsJson({ topic, partition, message }: ShownEvent): string {
  const { offset, timestamp, key, headers, value } = message;
  const time = new Date(timestamp).toISOString();
  return `${JSON.stringify({ topic, partition, offset: Number(offset), time, key, headers, value })}\n`;
}

/** A block for a human: where it stands, its headers in a column, its value; ends in an empty line. */
export function eventAsBlock({ topic, partition, message }: ShownEvent, style: Style): string {
  const [soft, strong] = style === 'coloured' ? [dim, bold] : [String, String];
  const time = new Date(message.timestamp).toISOString();
  const place = `${strong(`${topic}/${partition}`)} ${soft('offset')} ${strong(String(message.offset))}`;
  const names = Object.keys(message.headers);
  const width = Math.max(0, ...names.map((name) => name.length));
  const headers = Object.entries(message.headers).map(
    ([name, value]) => `  ${soft(visible(name).padEnd(width))}  ${visible(value)}`,
  );
  const value = indented(readableValue(message.value));
  return [`${place} ${soft('key')} ${visible(message.key)} ${soft(time)}`, ...headers, value, '', ''].join(
    '\n',
  );
}

function readableValue(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return visible(value); // not JSON: shown as it is
  }
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

/** Control characters would let a message write anywhere on the operator's screen. */
function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
