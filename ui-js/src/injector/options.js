/** @import {Options} from '../types.js' */

/** @param {any} value */
const isText = (value) => typeof value == 'string';
/** @type {(pattern: RegExp) => (value: any) => boolean} */
const like = (pattern) => (value) => isText(value) && pattern.test(value);
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
  apiKey: ['', "the publisher's key, pub_…", like(/^pub_[\w-]+$/)],
  apiBaseUrl: ['', "the API's address, http(s)://…", like(/^https?:\/\/[\w[]/)],
  article: ['', 'a CSS selector', isSelector],
  placement: [3, 'the number of a paragraph, end, float, none or a CSS selector', (v) => within(1, 999)(v) || isSelector(v)],
  count: [4, A_FEW, few],
  questionsPerParagraph: [12, A_FEW, few],
  animationDelay: [60, 'milliseconds, 0 to 2000', within(0, 2000)],
  theme: ['auto', 'auto, light or dark', (value) => ['auto', 'light', 'dark'].includes(value)],
  language: ['', 'a language code', like(/^[a-z]{2}/i)],
  labels: [{}, 'an object of texts', (value) => typeof value == 'object' && !Array.isArray(value) && Object.values(value).every(isText)],
  sponsored: [null, 'an object with title and url', ({ title, url, text }) => [title, url, text ?? ''].every(isText) && /^https?:/.test(url)],
  debugMode: [false, 'true or false', (value) => typeof value == 'boolean'],
  fetch: [null, 'a function', (value) => typeof value == 'function'],
};

/** @param {any} value As it was given: in an attribute, what is no text is JSON. */
const read = (value) => {
  try {
    return JSON.parse(value === '' ? 'true' : value);
  } catch {
    return value;
  }
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
  const wrong = Object.keys(Object(config)).filter((name) => !Object.hasOwn(RULES, name));
  for (const [name, [fallback, expected, fits]] of Object.entries(RULES)) {
    let isRight = false;
    options[name] = fallback;
    try {
      const value = read(config?.[name] ?? dataset[name]);
      isRight = value == null ? !/^api/.test(name) : fits(value);
      if (isRight) options[name] = value ?? fallback;
    } catch {
      // A getter of somebody else's.
    }
    if (!isRight) wrong.push(`${name} (expected ${expected})`);
  }
  if (wrong[0]) console.warn('BlogQA ignores these options: ' + wrong.join(', '));
  return options;
}
