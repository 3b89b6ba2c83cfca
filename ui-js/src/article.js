const MIN_TEXT = 40;
/** What is no article, or somebody's own to write in. */
const ASIDE = 'nav,aside,footer,header,form,figure,blockquote,[contenteditable]';

/** @param {Element | null} element */
const textOf = (element) => element?.textContent?.trim() || '';

/**
 * The element whose paragraphs are the article: the one that holds most text in paragraphs of its own, where a
 * paragraph counts half for its parent's parent (after Readability).
 *
 * @param {string} [selector] The publisher's word on it.
 * @returns {Element | null}
 */
export function findArticle(selector) {
  if (selector) return document.querySelector(selector);
  const scores = new Map();
  /** @type {Element | null} */
  let best = null;
  for (const paragraph of document.querySelectorAll('p')) {
    let share = paragraph.closest(ASIDE) ? 0 : textOf(paragraph).length;
    for (let holder = paragraph.parentElement; holder && share > MIN_TEXT / 4; holder = holder.parentElement) {
      scores.set(holder, (scores.get(holder) || 0) + share);
      if (!best || scores.get(holder) > scores.get(best)) best = holder;
      share /= 2;
    }
  }
  return best;
}

/**
 * Where cards may stand without parting what belongs together or moving what is seen: after a paragraph that another
 * paragraph or a heading follows, below what is on the screen. A block that holds a paragraph and nothing else is one
 * if the next block is of its kind: a single one is an ad, a quotation or an embed.
 *
 * @param {Element} article
 * @param {number} nth Not before this paragraph, from 1.
 * @returns {Element[]} Paragraphs to insert after, in order.
 */
export const places = (article, nth) =>
  [...article.children].filter((block) => {
    const text = textOf(block);
    const next = block.nextElementSibling;
    return (
      block.matches('p,div:has(>p:only-child)') &&
      text[MIN_TEXT] &&
      --nth < 1 &&
      (block.matches('p')
        ? next?.matches('p,h2,h3,h4')
        : next?.matches('div:has(>:only-child)') && block.className == next.className) &&
      !/[:：]$/.test(text) &&
      textOf(next) &&
      isBelow(block)
    );
  });

/**
 * Whether what is put behind an element can move nothing that is seen.
 *
 * @param {Element} element
 */
export const isBelow = (element) => element.getBoundingClientRect().bottom > innerHeight;
