import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json } from '../src/drawer/api.js';

test('it is read back as it was', () => {
  for (const value of ['', 'a "quoted" \\ line\n\u2028', '壁 🧱 \ud800', 0, -1.5, [], [['a'], { b: 1 }], { 'ä"': 'x', n: { m: [2] } }]) {
    assert.deepEqual(JSON.parse(json(value)), value);
  }
});

test('it is the same where a library has put toJSON on everything', () => {
  const text = /** @type {any} */ (String.prototype);
  text.toJSON = () => 'spoilt';
  try {
    assert.equal(json({ a: ['b'] }), '{"a":["b"]}');
  } finally {
    delete text.toJSON;
  }
});
