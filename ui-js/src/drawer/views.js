/** @import {Answer, Citation, Page, Question, RelatedArticle} from '../types.js' */
/** @import {Actions} from './drawer.js' */
import { h, icon, kindIcon } from '../dom.js';
import { relatedArticles } from './api.js';

const PAGE = 'M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5';
const MARK = 'M9 6h11M9 12h11M9 18h7M4 6v0M4 12v0M4 18v0';
const UP = 'M7 11v9H4v-9zM7 11l4-7c2 0 3 1 2 5h6l-2 11H7';
const DOWN = 'M7 13V4H4v9zM7 13l4 7c2 0 3-1 2-5h6L17 4H7';
const LINK = 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1';
const MAX_RELATED = 4;

/** @typedef {Record<string, string>} Texts */

/**
 * A prepared question with its answer.
 *
 * @param {Question} question
 * @param {Page} page
 * @param {Texts} texts
 * @param {Actions} actions
 */
export function renderQuestion(question, page, texts, actions) {
  const articles = h('div', {});
  void relatedArticles(page, question).then((found) => articles.append(...renderArticles(found, texts)));
  const others = page.blog.questions;
  const start = others.indexOf(question) + 1;
  const related = [...others.slice(start), ...others.slice(0, start)].filter((one) => one.id != question.id);
  const isHere = others.includes(question);
  return [
    heading(question.question, question.kind, question.language),
    ...collapsible(h('div', { class: 'answer', part: 'answer', dir: 'auto', lang: question.language }, question.answer), texts),
    note(question.engine, texts),
    ...sources(question.citations, page, texts, actions),
    judging(question, texts, actions, isHere && question),
    ...renderRelated(related.slice(0, MAX_RELATED), texts, actions),
    articles,
    sponsored(page, texts),
    howItWorks(texts),
  ];
}

/**
 * All prepared questions.
 *
 * @param {Page} page
 * @param {Texts} texts
 * @param {Actions} actions
 */
export function renderList({ blog }, texts, { open }) {
  const item = (/** @type {Question} */ question) =>
    h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: 'row', click: () => open(question) },
        kindIcon(question.kind),
        h('span', { dir: 'auto', lang: question.language }, question.question),
      ),
    );
  return [
    h('h2', { tabindex: '-1', dir: 'auto' }, blog.title || texts.title),
    h('ul', { role: 'list', class: 'list' }, ...blog.questions.map(item)),
    howItWorks(texts),
  ];
}

/**
 * What a reader asked, while it is being answered and then with its answer.
 *
 * @param {string} asked
 * @param {Answer | undefined} answer
 * @param {Page} page
 * @param {Texts} texts
 * @param {Actions} actions
 */
export function renderAnswer(asked, answer, page, texts, actions) {
  const title = heading(asked, '', undefined);
  const text = h('div', { class: 'answer', part: 'answer', dir: 'auto', lang: answer?.language }, answer?.answer);
  if (!answer) return [title, h('p', { class: 'wait' }, texts.answering), text];
  const instead = answer.notices.some((notice) => /budget|model/.test(notice));
  return [
    title,
    answer.covered ? text : h('p', { class: 'uncovered' }, texts.uncovered),
    answer.covered && instead && h('p', { class: 'note' }, texts.instead),
    answer.covered && note(answer.engine, texts),
    ...(answer.covered ? sources(answer.citations, page, texts, actions) : []),
    answer.covered && judging({ id: answer.question_id }, texts, actions, null),
    ...renderRelated(answer.related_questions.slice(0, MAX_RELATED), texts, actions),
    ...renderArticles(answer.related_articles, texts),
    howItWorks(texts),
  ].filter((part) => part instanceof Node);
}

/**
 * @param {string} text
 * @param {string} kind
 * @param {string | undefined} language
 */
const heading = (text, kind, language) =>
  h('h2', { tabindex: '-1', dir: 'auto', lang: language }, kindIcon(kind), h('span', {}, text));

/**
 * About three lines of an answer, and the rest on demand.
 *
 * @param {HTMLElement} answer
 * @param {Texts} texts
 */
function collapsible(answer, texts) {
  answer.classList.add('short');
  const more = h('button', { type: 'button', class: 'text', hidden: '', 'aria-expanded': 'false', click: toggle }, texts.more);
  function toggle() {
    const isShort = answer.classList.toggle('short');
    more.textContent = isShort ? texts.more : texts.less;
    more.setAttribute('aria-expanded', String(!isShort));
  }
  // Before it is painted, and after it has been put into the page.
  queueMicrotask(() => {
    if (answer.scrollHeight > answer.clientHeight + 2) more.hidden = false;
    else answer.classList.remove('short');
  });
  return [answer, more];
}

/**
 * Who says so.
 *
 * @param {string | undefined} engine
 * @param {Texts} texts
 */
const note = (engine, texts) =>
  h('p', { class: 'note', part: 'note' }, engine == 'extractive' ? texts.quoted : texts.written);

/**
 * @param {Citation[]} citations
 * @param {Page} page
 * @param {Texts} texts
 * @param {Actions} actions
 */
function sources(citations, page, texts, { cite }) {
  const source = (/** @type {Citation} */ citation) => {
    const isHere = citation.url == page.blog.blog_url;
    const href = isHere ? null : passageLink(citation);
    const content = [
      icon(MARK),
      h(
        'span',
        {},
        h('b', { dir: 'auto' }, citation.section || citation.title),
        h('q', { dir: 'auto' }, citation.text),
      ),
    ];
    return h(
      'li',
      {},
      isHere
        ? h('button', { type: 'button', class: 'row', part: 'source', click: () => cite(citation) }, ...content)
        : href
          ? h('a', { class: 'row', part: 'source', href }, ...content)
          : h('div', { class: 'row', part: 'source' }, ...content),
    );
  };
  if (!citations[0]) return [];
  return [h('h3', {}, texts.sources), h('ul', { role: 'list', class: 'sources' }, ...citations.map(source))];
}

/**
 * @param {{id?: string | null}} answered
 * @param {Texts} texts
 * @param {Actions} actions
 * @param {Question | null | false} linked The question that a link can name.
 */
function judging(answered, texts, { judge, copy }, linked) {
  const verdict = (/** @type {boolean} */ helpful) =>
    h(
      'button',
      {
        type: 'button',
        class: 'round',
        'aria-label': helpful ? texts.helpful : texts.unhelpful,
        title: helpful ? texts.helpful : texts.unhelpful,
        'aria-pressed': 'false',
        click: (/** @type {Event} */ { currentTarget }) => {
          const pressed = /** @type {Element} */ (currentTarget);
          if (pressed.parentElement?.querySelector('[aria-pressed=true]')) return;
          pressed.setAttribute('aria-pressed', 'true');
          judge(answered, helpful);
        },
      },
      icon(helpful ? UP : DOWN),
    );
  return h(
    'div',
    { class: 'judging', part: 'judging' },
    verdict(true),
    verdict(false),
    linked && h('button', { type: 'button', class: 'text copy', click: () => copy(linked) }, icon(LINK), h('span', {}, texts.copy)),
  );
}

/**
 * @param {{id: string, question: string, kind?: string, language?: string}[]} questions
 * @param {Texts} texts
 * @param {Actions} actions
 */
function renderRelated(questions, texts, { open }) {
  if (!questions[0]) return [];
  const item = (/** @type {typeof questions[0]} */ question) =>
    h(
      'li',
      {},
      h('button', { type: 'button', class: 'tile', part: 'related', dir: 'auto', lang: question.language, click: () => open(question) }, question.question),
    );
  return [h('h3', {}, texts.questions), h('ul', { role: 'list', class: 'grid' }, ...questions.map(item))];
}

/**
 * @param {RelatedArticle[]} articles
 * @param {Texts} texts
 */
function renderArticles(articles, texts) {
  const items = articles.flatMap(({ title, url, language }) => {
    const address = webAddress(url);
    if (!address || typeof title != 'string') return [];
    const place = address.host + (address.pathname == '/' ? '' : decode(address.pathname));
    return h(
      'li',
      {},
      h(
        'a',
        { class: 'row', part: 'article', href: address.href },
        icon(PAGE),
        h('span', {}, h('b', { dir: 'auto', lang: language }, title), h('small', { dir: 'ltr' }, place)),
      ),
    );
  });
  return items[0] ? [h('h3', {}, texts.articles), h('ul', { role: 'list', class: 'list' }, ...items)] : [];
}

/**
 * @param {Page} page
 * @param {Texts} texts
 */
function sponsored({ options }, texts) {
  const address = options.sponsored && webAddress(options.sponsored.url);
  if (!options.sponsored || !address) return '';
  const { title, text } = options.sponsored;
  return h(
    'aside',
    { class: 'sponsored', part: 'sponsored', 'aria-label': texts.sponsored },
    h('small', {}, texts.sponsored),
    h('a', { href: address.href, rel: 'sponsored noopener', target: '_blank' }, h('b', {}, title), text && h('span', {}, text)),
  );
}

/** @param {Texts} texts */
const howItWorks = (texts) => h('details', { part: 'how' }, h('summary', {}, texts.how), h('p', {}, texts.howText));

/**
 * An address that may be followed: nothing but the web's.
 *
 * @param {string} url
 */
function webAddress(url) {
  try {
    const address = new URL(url);
    return /^https?:$/.test(address.protocol) ? address : null;
  } catch {
    return null;
  }
}

/** @param {string} path */
function decode(path) {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/**
 * The address of a passage elsewhere; browsers that know text fragments scroll to it.
 *
 * @param {Citation} citation
 */
function passageLink({ url, text }) {
  const address = webAddress(url);
  const start = text.split(/\s+/).slice(0, 8).join(' ');
  return address && `${address.href.split('#')[0]}#:~:text=${encodeURIComponent(start).replace(/-/g, '%2D')}`;
}
