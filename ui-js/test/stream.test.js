import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents } from '../src/drawer/stream.js';

/** @param {...(string | Uint8Array)} pieces */
const streamOf = (...pieces) =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece == 'string' ? new TextEncoder().encode(piece) : piece);
      controller.close();
    },
  });

/** @param {ReadableStream<Uint8Array>} stream */
async function all(stream) {
  const events = [];
  for await (const event of readEvents(stream, 1000)) events.push(event);
  return events;
}

test('events are read however the bytes are cut', async () => {
  const bytes = new TextEncoder().encode('event: token\ndata: {"text":"Größe 壁"}\n\n: still there\n\nevent:done\r\ndata:[1,\r\ndata:2]\r\n\r\n');
  const expected = [
    { event: 'token', data: { text: 'Größe 壁' } },
    { event: 'done', data: [1, 2] },
  ];
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(await all(streamOf(bytes.slice(0, at), bytes.slice(at))), expected, `cut at ${at}`);
  }
});

test('what is unfinished when the stream ends is no event', async () => {
  assert.deepEqual(await all(streamOf('event: token\ndata: {}\n')), []);
});

test('a stream that falls silent is given up', async () => {
  const silent = new ReadableStream({});
  await assert.rejects(async () => {
    for await (const _ of readEvents(silent, 20));
  }, /nothing arrives/);
});

test('leaving the loop cancels the stream', async () => {
  let cancelled = false;
  const stream = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('event: a\ndata: 1\n\n')),
    cancel: () => void (cancelled = true),
  });
  for await (const _ of readEvents(stream, 1000)) break;
  assert.ok(cancelled);
});
