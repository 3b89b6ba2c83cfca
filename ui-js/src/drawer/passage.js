const SKIPPED = 'script,style,noscript,template,textarea,[data-blogqa]';
const MIN_PIECE = 12;
const NOT_WORD = /[^\p{L}\p{N}]/u;

/** @param {string} text Without what markup and crawlers change: spaces, punctuation, case. */
const bare = (text) => [...text.toLowerCase()].filter((character) => !NOT_WORD.test(character)).join('');

/**
 * Finds a passage in the page though its markup differs from what was crawled: whole, else from the first to the last
 * of its sentences that is there in order.
 *
 * @param {Element} root
 * @param {string} passage
 * @returns {Range | null}
 */
export function findPassage(root, passage) {
  let text = '';
  /** @type {[Text, number][]} Where each unit of `text` stands. */
  const at = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest(SKIPPED) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    let offset = 0;
    for (const character of node.data) {
      const units = bare(character);
      text += units;
      for (let unit = 0; unit < units.length; unit++) at.push([node, offset]);
      offset += character.length;
    }
  }
  const found = locate(text, passage);
  if (!found) return null;
  const range = document.createRange();
  const [first, last] = [at[found[0]], at[found[1] - 1]];
  range.setStart(...first);
  range.setEnd(last[0], last[1] + 1);
  return range;
}

/**
 * @param {string} text
 * @param {string} passage
 * @returns {[number, number] | null} From and to in `text`.
 */
export function locate(text, passage) {
  const whole = bare(passage);
  const start = whole ? text.indexOf(whole) : -1;
  if (start >= 0) return [start, start + whole.length];
  /** @type {[number, number] | null} */
  let found = null;
  for (const sentence of passage.split(/(?<=[.!?。！？؟])\s*|\n+/u)) {
    const piece = bare(sentence);
    /** @type {number} */
    const place = piece.length < MIN_PIECE ? -1 : text.indexOf(piece, found?.[1]);
    if (place >= 0) found = [found ? found[0] : place, place + piece.length];
  }
  return found;
}

const NAME = 'blogqa';
/** @type {CSSStyleSheet | undefined} */
let sheet;

/**
 * Scrolls to a range of the page and marks it, without touching the page's markup.
 *
 * @param {Range} range
 */
export function show(range) {
  const { highlights } = /** @type {any} */ (CSS);
  if (highlights) {
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(`::highlight(${NAME}){background-color:#ffe27a;color:#1d1f23}`);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    }
    highlights.set(NAME, new /** @type {any} */ (globalThis).Highlight(range));
  } else {
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
  }
  const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
  range.startContainer.parentElement?.scrollIntoView?.({ block: 'center', behavior });
}

/** Takes the mark away. */
export function unmark() {
  /** @type {any} */ (CSS).highlights?.delete(NAME);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one != sheet);
  sheet = undefined;
}
