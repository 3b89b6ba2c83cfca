import { directionOf } from './language.js';

/**
 * An element with attributes and children. Text becomes text nodes, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} attributes A function handles the event of that name; null, undefined and false are left out.
 * @param {...any} children The same are left out.
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value == 'function') element.addEventListener(name, value);
    else if (isThere(value)) element.setAttribute(name, value);
  }
  // Not append(): a page's own may take text for markup.
  for (const child of children.filter(isThere)) element.appendChild(child instanceof Node ? child : new Text(child));
  return element;
}

/**
 * A list as it was promised: what came instead of one is empty, what came instead of its items is left out.
 *
 * @template T
 * @param {T[]} value
 * @returns {T[]}
 */
export const listed = (value) => (Array.isArray(value) ? value.filter(Boolean) : []);

/** @param {any} value */
const isThere = (value) => value != null && value !== false;

/**
 * An icon of strokes in a square of 24.
 *
 * @param {string} path
 */
export function icon(path) {
  const [svg, stroke] = ['svg', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag));
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  stroke.setAttribute('d', path);
  svg.append(stroke);
  return svg;
}

const RING = 'M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0';
/** @type {Record<string, string>} */
const KINDS = {
  __proto__: /** @type {any} */ (null),
  what: RING + 'M12 11v5M12 8v0',
  why: 'M9 18h6M10 21h4M9 15a6 6 0 1 1 6 0z',
  how: 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4',
  when: RING + 'M12 7v5l3 2',
  who: 'M8 8a4 4 0 1 0 8 0 4 4 0 1 0-8 0M4 21c0-8 16-8 16 0',
  where: 'M12 21s7-6 7-11a7 7 0 1 0-14 0c0 5 7 11 7 11M12 9v2',
  how_many: 'M5 20v-6M12 20V4M19 20V10',
};

/** @param {string} kind What a question asks for. */
export const kindIcon = (kind) => icon(KINDS[kind] || RING + 'M9.5 9.5a2.5 2.5 0 1 1 2.5 3v1M12 17v0');

/**
 * A host whose shadow tree the page's styles do not reach. An adopted style sheet needs no `style-src` of the page.
 *
 * @param {string} language
 * @param {string} css
 * @param {HTMLElement} content
 */
export function shadowHost(language, css, content) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  // Content that a program made is marked so, for programs (IPTC digital source type).
  const source = 'https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';
  const host = h('div', { lang: language, 'data-blogqa': '', 'data-digital-source-type': source });
  // Here, where the page's styles cannot turn it round.
  content.dir = directionOf(language);
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [sheet];
  root.append(content);
  return host;
}
