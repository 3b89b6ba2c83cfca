import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locate } from '../src/drawer/passage.js';

const TEXT = 'thewallstandseverystonerestsontwoothersthefoundationisatrenchthecopestonesstand';
/** @param {string} passage */
const found = (passage) => {
  const place = locate(TEXT, passage);
  return place && TEXT.slice(...place);
};

test('spaces, punctuation and case do not matter', () => {
  assert.equal(found('Every stone—rests\non TWO others!'), 'everystonerestsontwoothers');
});

test('of a passage that was changed the sentences that are left are found, from the first to the last', () => {
  assert.equal(found('Gone for good. Every stone rests on two others. New! The foundation is a trench.'), 'everystonerestsontwoothersthefoundationisatrench');
});

test('sentences out of order are not joined backwards', () => {
  assert.equal(found('The foundation is a trench. Every stone rests on two others.'), 'thefoundationisatrench');
});

test('what is too short to be sure of is not looked for alone', () => {
  assert.equal(found('The wall. Gone for good.'), null);
});

test('nothing is found of nothing', () => {
  for (const passage of ['', ' … ', '\n']) assert.equal(found(passage), null);
});
