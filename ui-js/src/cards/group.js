/** @import {Handlers, Page, Question} from '../types.js' */
import css from './group.css';
import { h, icon, kindIcon, shadowHost } from '../dom.js';
import { directionOf, pickLanguage } from '../language.js';
import { cardTexts } from './texts.js';

const PEN = 'M4 20l1-4L16 5l3 3L8 19zM13 8l3 3';

/**
 * A group of cards.
 *
 * @param {Question[]} questions
 * @param {Page} page
 * @param {Handlers} handlers
 * @param {boolean} last Whether the way to the ask box comes below.
 */
export function renderGroup(questions, { options }, { open, preload }, last) {
  const language = pickLanguage(options);
  const { heading, explore, ask, ai } = cardTexts(language, options.labels);
  const arrow = directionOf(language) == 'rtl' ? '←' : '→';
  const card = (/** @type {Question} */ question, /** @type {number} */ index) => {
    const button = h(
      'button',
      { part: 'card', 'aria-haspopup': 'dialog', click: () => open(question) },
      kindIcon(question.kind),
      h('span', { part: 'question', dir: 'auto', lang: question.language }, question.question),
      h('small', { part: 'explore' }, explore, ' ', arrow),
    );
    button.style.animationDelay = index * options.animationDelay + 'ms';
    return h('li', {}, button);
  };
  return shadowHost(
    language,
    css,
    h(
      'section',
      { part: 'cards', class: options.theme, 'aria-label': heading, pointerover: preload, focusin: preload },
      h('p', { part: 'heading' }, heading, h('abbr', { part: 'label' }, ai)),
      h('ul', { role: 'list' }, ...questions.map(card)),
      last && h('button', { part: 'ask', class: 'ask', 'aria-haspopup': 'dialog', click: () => open(null, true) }, icon(PEN), ask),
    ),
  );
}

/**
 * The button that floats over the page.
 *
 * @param {Page} page
 * @param {Handlers} handlers
 */
export function renderFloat({ options }, { open, preload }) {
  const language = pickLanguage(options);
  const { heading, ai } = cardTexts(language, options.labels);
  const button = h(
    'button',
    { part: 'float', class: 'float', 'aria-haspopup': 'dialog', click: () => open(null) },
    kindIcon(''),
    h('span', {}, heading),
    h('abbr', { part: 'label' }, ai),
  );
  const section = h('section', { class: options.theme, 'aria-label': heading, pointerover: preload, focusin: preload }, button);
  const host = shadowHost(language, css, section);
  // Out of the flow: in a page laid out as a grid or a flexible box even an empty block takes a place.
  host.dataset.blogqa = 'float';
  return host;
}
