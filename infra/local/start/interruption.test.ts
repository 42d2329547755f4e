import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { interruption } from './interruption.ts';

function listen() {
  const source = new EventEmitter();
  const clock = { now: 1_000 };
  const heard: string[] = [];
  const signal = interruption({ source, now: () => clock.now, onAgain: () => heard.push('again') });
  signal.addEventListener('abort', () => heard.push('first'));
  return { source, clock, heard };
}

it('takes two signals of one key press, as npm passes them on, for one', () => {
  const { source, clock, heard } = listen();
  source.emit('SIGINT');
  clock.now += 20;
  source.emit('SIGINT');
  expect(heard).toEqual(['first']);
});

it('takes a key pressed again for an order to end at once', () => {
  const { source, clock, heard } = listen();
  source.emit('SIGINT');
  clock.now += 700;
  source.emit('SIGTERM');
  expect(heard).toEqual(['first', 'again']);
});
