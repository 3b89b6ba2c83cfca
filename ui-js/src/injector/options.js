/** @import {Options} from '../types.js' */

/** @param {any} value */
const isText = (value) => typeof value == 'string';
/** @type {(low: number, high: number) => (value: any) => boolean} */
const within = (low, high) => (value) => Number.isInteger(value) && value >= low && value <= high;
/** @param {any} value */
const isSelector = (value) => {
  try {
    return isText(value) && !document.createDocumentFragment().querySelector(value);
  } catch {
    return false;
  }
};
const few = within(1, 12);
const A_FEW = 'a whole number from 1 to 12';

/** Per option: what holds without one, what is expected, and whether a value is that. */
/** @type {Record<string, [any, string, (value: any) => boolean]>} */
const RULES = {
  apiKey: ['', "the publisher's key, pub_…", (value) => /^pub_[\w-]+$/.test(value)],
  apiBaseUrl: ['', "the API's address, http(s)://…", (value) => /^https?:\/\/[\w[]/.test(value)],
  article: ['', 'a CSS selector', isSelector],
  placement: [3, 'the number of a paragraph, end, float, none or a CSS selector', (v) => within(1, 999)(v) || isSelector(v)],
  count: [4, A_FEW, few],
  questionsPerParagraph: [12, A_FEW, few],
  animationDelay: [60, 'milliseconds, 0 to 2000', within(0, 2000)],
  theme: ['auto', 'auto, light or dark', (value) => ['auto', 'light', 'dark'].includes(value)],
  language: ['', 'a language code', (value) => isText(value) && /^[a-z]{2}/i.test(value)],
  labels: [{}, 'an object of texts', (value) => Object.values(value).every(isText)],
  sponsored: [null, 'an object with title and url', ({ title, url }) => isText(title) && /^https?:/.test(url)],
  debugMode: [false, 'true or false', (value) => typeof value == 'boolean'],
  fetch: [null, 'a function', (value) => typeof value == 'function'],
};

/**
 * Options out of whatever was given; what is wrong is told and as if it were not there.
 *
 * @param {any} config
 * @param {DOMStringMap} dataset Holds where the first has nothing; numbers, booleans and objects as JSON.
 * @returns {Options}
 */
export function readOptions(config, dataset) {
  /** @type {any} */
  const options = {};
  /** @type {string[]} */
  const wrong = Object.keys({ ...config }).filter((name) => !RULES[name]);
  for (const [name, [fallback, expected, fits]] of Object.entries(RULES)) {
    let value = config?.[name] ?? dataset[name];
    try {
      value = JSON.parse(value === '' ? 'true' : value);
    } catch {
      // It is what it is.
    }
    const isGiven = value != null;
    options[name] = isGiven && fits(value) ? value : fallback;
    if (isGiven ? value !== options[name] : /^api/.test(name)) wrong.push(`${name} (expected ${expected})`);
  }
  if (wrong[0]) console.warn('BlogQA ignores these options: ' + wrong.join(', '));
  return options;
}
