/** @import {Options, Question} from '../types.js' */
import { findArticle, isBelow, places } from '../article.js';

/**
 * @typedef {object} Spot Where a group of cards goes, or the floating button if it has no questions.
 * @property {(host: HTMLElement) => void} insert
 * @property {Question[]} questions
 */

/**
 * Decides where the cards move nothing that is seen; where there is no such place, a button floats over the page.
 *
 * @param {Options} options
 * @param {Question[]} all
 * @returns {Spot[]}
 */
export function chooseSpots({ placement, count, questionsPerParagraph, article: selector }, all) {
  const questions = all.slice(0, count);
  /** @type {(holder: Element) => Spot} */
  const within = (holder) => ({ insert: (host) => holder.append(host), questions: questions.splice(0) });
  const float = { insert: (/** @type {HTMLElement} */ host) => document.body.append(host), questions: [] };
  if (placement == 'float') return [float];
  if (typeof placement == 'string' && placement != 'end') {
    const own = document.querySelector(placement);
    if (!own) console.warn(`BlogQA: nothing in the page matches the placement ${placement}`);
    return own ? [within(own)] : [];
  }
  const article = findArticle(selector);
  /** @type {Spot[]} */
  const spots = [];
  if (article && typeof placement == 'number') {
    const step = placement;
    places(article, placement).forEach((paragraph, index) => {
      if (questions[0] && index % step == 0)
        spots.push({ insert: (host) => paragraph.after(host), questions: questions.splice(0, questionsPerParagraph) });
    });
  }
  if (article && questions[0] && isBelow(article)) spots.push(within(article));
  return spots[0] ? spots : [float];
}
