import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents } from '../src/drawer/stream.js';

/** @param {string[]} pieces */
const body = (pieces) =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });

/**
 * @param {string[]} pieces
 */
async function eventsOf(pieces) {
  const events = [];
  for await (const event of readEvents(body(pieces), 1000)) events.push(event);
  return events;
}

const TWO = 'event: token\ndata: {"text":"Grüße"}\n\nevent: done\ndata: {"a":1}\n\n';

test('events are the same however the bytes are cut', async () => {
  const expected = [
    { event: 'token', data: { text: 'Grüße' } },
    { event: 'done', data: { a: 1 } },
  ];
  for (let cut = 1; cut < TWO.length; cut++) {
    assert.deepEqual(await eventsOf([TWO.slice(0, cut), TWO.slice(cut)]), expected, `cut at ${cut}`);
  }
  assert.deepEqual(await eventsOf([TWO.replaceAll('\n', '\r\n')]), expected);
});

test('heartbeats and an event that is not finished are nothing', async () => {
  assert.deepEqual(await eventsOf([': ping\n\n', 'event: token\ndata: {"te']), []);
});

test('silence ends the stream with an error', async () => {
  const silent = new ReadableStream({ pull: () => new Promise(() => {}) });
  await assert.rejects(async () => {
    for await (const _ of readEvents(silent, 20));
  }, /nothing arrives/);
});
