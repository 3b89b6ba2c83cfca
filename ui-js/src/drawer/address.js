/** @import {Question} from '../types.js' */

const PREFIX = '#bqa=';

/** @param {string} text FNV-1a, 32 bits: names a question in an address for as long as it is worded so. */
const fingerprint = (text) => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ Number(character.codePointAt(0)), 0x01000193);
  return (hash >>> 0).toString(36);
};

/**
 * @param {Question | null} question
 * @returns {string} The fragment that opens it.
 */
export const fragmentOf = (question) => PREFIX + (question ? fingerprint(question.question) : '');

/**
 * @param {Question[]} questions
 * @returns {Question | null} The one that the address names.
 */
export const questionInAddress = (questions) =>
  questions.find((question) => fragmentOf(question) == location.hash) || null;

/** A fragment alone would be taken as relative to the page's `<base>`. */
const here = () => location.href.split('#')[0];

/** Keeps the drawer in the page's history, so that the back button closes it. */
export class HistoryEntry {
  /** Whether the entry is ours, or the page was opened with it. */
  /** @type {'' | 'pushed' | 'found'} */
  #entry = '';
  #leaving = false;
  /** The page's own fragment, which it gets back. */
  #hash = '';
  /** @type {Question | null | undefined} What was entered while the last entry was being left. */
  #next;
  #onBack;

  /** @param {() => void} onBack */
  constructor(onBack) {
    this.#onBack = () => {
      const next = this.#next;
      if (this.#leaving) {
        this.#leaving = false;
        this.#next = undefined;
        if (next !== undefined) this.enter(next);
      } else if (this.#entry && !location.hash.startsWith(PREFIX)) {
        this.#entry = '';
        onBack();
      }
    };
    addEventListener('popstate', this.#onBack);
  }

  /** @param {Question | null} question */
  enter(question) {
    if (this.#leaving) {
      this.#next = question;
      return;
    }
    const isOurs = location.hash.startsWith(PREFIX);
    if (!isOurs) this.#hash = location.hash;
    try {
      history[isOurs ? 'replaceState' : 'pushState'](history.state, '', here() + fragmentOf(question));
      this.#entry ||= isOurs ? 'found' : 'pushed';
    } catch {
      // A document without an address of its own has no history to keep.
    }
  }

  /** @param {boolean} stay Whether the page was scrolled meanwhile: going back would scroll it again. */
  leave(stay) {
    const entry = this.#entry;
    this.#entry = '';
    // An application may have moved on below the drawer.
    if (!location.hash.startsWith(PREFIX)) return;
    if (entry == 'pushed' && !stay) {
      this.#leaving = true;
      history.back();
    } else if (entry) history.replaceState(history.state, '', here() + this.#hash);
  }

  destroy() {
    removeEventListener('popstate', this.#onBack);
  }
}
