/** @import {Page, Question} from '../types.js' */

const SEEN_MS = 1000;
const HALF = 0.5;
/** Cards that are seen together are told in one request. */
const TOGETHER_MS = 500;

/**
 * Lets cards appear when they come into view, and notices the first time that half of one was seen for a second.
 *
 * @param {HTMLElement} host
 * @param {Question[]} questions
 * @param {Page} page
 * @returns {() => void} Stops it.
 */
export function watchSeen(host, questions, { emit, report }) {
  const section = host.shadowRoot?.querySelector('section');
  const items = [...(section?.querySelectorAll('li') || [])];
  /** @type {any[]} */
  const timers = [];
  /** @type {string[]} */
  const seen = [];
  const observer = new IntersectionObserver(
    (entries) =>
      entries.forEach(({ target, isIntersecting, intersectionRatio }) => {
        const index = items.indexOf(/** @type {HTMLLIElement} */ (target));
        if (isIntersecting) section?.classList.add('in');
        clearTimeout(timers[index]);
        if (intersectionRatio < HALF) return;
        timers[index] = setTimeout(() => {
          observer.unobserve(target);
          const { id } = questions[index];
          emit('shown', { id });
          if (seen.push(id) == 1) setTimeout(() => report('impression', ...seen.splice(0)), TOGETHER_MS);
        }, SEEN_MS);
      }),
    { threshold: [0, HALF] },
  );
  items.forEach((item) => observer.observe(item));
  return () => {
    timers.forEach(clearTimeout);
    observer.disconnect();
  };
}
