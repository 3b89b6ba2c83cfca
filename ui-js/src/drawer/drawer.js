/** @import {Answer, Citation, Drawer, Page, Question} from '../types.js' */
import css from './drawer.css';
import { findArticle } from '../article.js';
import { h, icon, shadowHost } from '../dom.js';
import { pickLanguage } from '../language.js';
import { HistoryEntry, fragmentOf, questionInAddress } from './address.js';
import { AskError, ask, loadQuestion } from './api.js';
import { findPassage, show, unmark } from './passage.js';
import { drawerTexts } from './texts.js';
import { isDark } from './theme.js';
import { renderAnswer, renderList, renderQuestion } from './views.js';

const CROSS = 'M6 6l12 12M18 6L6 18';
const BACK = 'M14 5l-7 7 7 7';
const SEND = 'M5 12h14M13 6l6 6-6 6';
const STOP = 'M7 7h10v10H7z';
const MAX_QUESTION = 500;
const PHONE = '(max-width: 640px)';

/**
 * @typedef {object} View What the drawer shows: a prepared question, the list of all, or what a reader asked.
 * @property {Question} [question]
 * @property {string} [asked]
 * @property {Answer} [answer]
 *
 * @typedef {object} Actions What a view lets a reader do.
 * @property {(question: {id: string, question: string}) => void} open
 * @property {(citation: Citation) => void} cite
 * @property {(question: Question) => void} copy
 * @property {(question: {id?: string | null}, helpful: boolean) => void} judge
 * @property {() => void} again
 * @property {(text: string) => void} say
 */

/**
 * @param {Page} page
 * @returns {Drawer}
 */
function createDrawer(page) {
  const language = pickLanguage(page.options);
  const texts = drawerTexts(language, page.options.labels);
  const article = findArticle(page.options.article) || document.body;

  /** @type {View[]} */
  let views = [];
  /** @type {AbortController | undefined} */
  let asking;
  let cited = false;

  const body = h('div', { class: 'body', part: 'body', tabindex: '0', role: 'region', 'aria-label': texts.title });
  const status = h('p', { role: 'status', class: 'hidden' });
  const back = button('back', texts.back, BACK, () => {
    views.pop();
    render();
  });
  const close = button('close', texts.close, CROSS, () => dialog.close());
  const box = h('input', {
    id: 'box',
    type: 'text',
    name: 'question',
    maxlength: String(MAX_QUESTION),
    placeholder: texts.ask,
    'aria-label': texts.ask,
    autocomplete: 'off',
    enterkeyhint: 'send',
    dir: 'auto',
  });
  const send = button('send', texts.send, SEND);
  const stop = button('stop', texts.stop, STOP, () => asking?.abort());
  send.type = 'submit';
  const form = h('form', { part: 'ask', submit }, box, send, stop);
  const dialog = h(
    'dialog',
    { part: 'drawer', 'aria-label': texts.title, close: closed, mousedown: outside },
    h('header', { part: 'header' }, back, h('p', { class: 'title' }, texts.title, h('abbr', {}, texts.ai)), close),
    body,
    status,
    form,
  );
  const host = shadowHost(language, css, dialog);
  const entry = new HistoryEntry(() => dialog.close());

  /** @type {Actions} */
  const actions = {
    open: (question) => void openById(question.id),
    cite,
    copy: (question) => void copy(question),
    judge(question, helpful) {
      page.report(helpful ? 'helpful' : 'not_helpful', question.id || undefined);
      say(texts.thanks);
    },
    again() {
      const { asked } = views.at(-1) || {};
      if (asked) void answer(asked);
    },
    say,
  };

  /** @param {string} text For screen readers, once. */
  function say(text) {
    status.textContent = text;
  }

  /**
   * @param {string} name
   * @param {string} label
   * @param {string} path
   * @param {() => void} [click]
   */
  function button(name, label, path, click) {
    return h('button', { type: 'button', class: name, part: name, 'aria-label': label, title: label, click }, icon(path));
  }

  /** @param {View} view */
  function push(view) {
    views.push(view);
    render();
  }

  function render() {
    const view = views.at(-1) || {};
    const { question, asked, answer } = view;
    asking?.abort();
    back.hidden = views.length < 2;
    body.replaceChildren(
      ...(question
        ? renderQuestion(question, page, texts, actions)
        : asked
          ? renderAnswer(asked, answer, page, texts, actions)
          : renderList(page, texts, actions)),
    );
    body.scrollTop = 0;
    // Whoever writes a question goes on writing.
    if (host.shadowRoot?.activeElement != box) body.querySelector('h2')?.focus();
    entry.enter(question || null);
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const question = box.value.trim();
    if (!question || asking) return;
    box.value = '';
    if (matchMedia(PHONE).matches) box.blur(); // Its keyboard covers the answer.
    void answer(question);
  }

  /** @param {string} question */
  async function answer(question) {
    /** @type {View} */
    const view = { asked: question };
    const turns = views.flatMap((one) =>
      one.asked && one.answer?.covered ? [{ question: one.asked, answer: one.answer.answer }] : [],
    );
    // What got no answer is nothing to go back to.
    views = views.filter((one) => one.answer || !one.asked);
    push(view);
    const control = (asking = new AbortController());
    form.classList.add('asking');
    say(texts.answering);
    page.emit('asked', {});
    page.report('ask');
    const checked = h('span', {});
    const unchecked = h('span', { class: 'unchecked' });
    body.querySelector('.answer')?.replaceChildren(checked, ' ', unchecked);
    try {
      view.answer = await ask(page, question, turns, control.signal, (...texts) => {
        body.querySelector('.wait')?.remove();
        [checked.textContent, unchecked.textContent] = texts;
      });
      if (control.signal.aborted) return;
      asking = undefined;
      const { scrollTop } = body;
      render();
      body.scrollTop = scrollTop;
      say(texts.ready);
    } catch (error) {
      // A reader who has gone on to something else meanwhile knows.
      if (views.at(-1) != view) return;
      asking = undefined;
      const aborted = control.signal.aborted;
      const text = aborted ? texts.stopped : error instanceof AskError && error.busy ? texts.busy : texts.failed;
      body.querySelector('.wait')?.remove();
      unchecked.remove();
      if (!aborted) checked.remove(); // What breaks off was no answer.
      body.append(
        h('p', { class: 'problem' }, text),
        h('button', { type: 'button', class: 'text', click: actions.again }, texts.retry),
      );
      // It is about to be hidden.
      if (host.shadowRoot?.activeElement == stop) box.focus();
      say(text);
      if (!aborted) page.emit('error', { message: String(error) });
    } finally {
      control.abort();
      if (!asking || asking == control) {
        asking = undefined;
        form.classList.remove('asking');
      }
    }
  }

  /** @param {string} id */
  async function openById(id) {
    const view = views.at(-1);
    try {
      const question = await loadQuestion(page, id);
      if (views.at(-1) != view) return; // The reader has gone on.
      push({ question });
      opened(question);
    } catch (error) {
      if (views.at(-1) != view) return;
      say(texts.failed);
      body.querySelector('.problem')?.remove();
      body.prepend(h('p', { class: 'problem' }, texts.failed));
      body.scrollTop = 0;
      page.emit('error', { message: String(error) });
    }
  }

  /** @param {Question} question */
  function opened({ id }) {
    page.emit('opened', { id });
    page.report('open', id);
  }

  /** @param {Citation} citation */
  function cite(citation) {
    const range = findPassage(article, citation.text) || findPassage(document.body, citation.text);
    const { question, answer } = views.at(-1) || {};
    const id = question?.id || answer?.question_id || undefined;
    page.emit('cited', { id, found: !!range });
    page.report('citation', id);
    if (!range) {
      say(texts.missing);
      const note = h('p', { class: 'problem missing' }, texts.missing);
      if (!body.querySelector('.missing')) body.querySelector('.sources')?.after(note);
      return;
    }
    cited = true;
    dialog.classList.add('cited');
    // What is behind a modal dialog cannot be selected, which is how it is marked without highlights.
    if (matchMedia(PHONE).matches || !CSS.highlights) dialog.close();
    show(range);
  }

  /** @param {Question} question */
  async function copy(question) {
    const link = location.href.split('#')[0] + fragmentOf(question);
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      const field = h('input', { value: link, 'aria-hidden': 'true', class: 'hidden' });
      dialog.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
    }
    say(texts.copied);
    const copy = body.querySelector('.copy span');
    if (copy) copy.textContent = texts.copied;
  }

  /** @param {MouseEvent} event On the backdrop, which is the dialog's own. */
  function outside(event) {
    if (event.target != dialog) return;
    const { left, right } = dialog.getBoundingClientRect();
    if (event.clientX < left || event.clientX > right) dialog.close();
  }

  function closed() {
    // The event comes a little later than the act: the drawer may be open again.
    if (dialog.open) return;
    asking?.abort();
    entry.leave(cited);
    views = [];
  }

  return {
    open(question, wantsToAsk = false) {
      if (!host.isConnected) {
        // What was taken away while it was open is no longer modal, though it still says that it is open.
        dialog.open = false;
        document.body.append(host);
      }
      const { theme } = page.options;
      dialog.classList.toggle('dark', theme == 'auto' ? isDark(article) : theme == 'dark');
      dialog.classList.remove('cited');
      cited = false;
      unmark();
      const wanted = question === undefined ? questionInAddress(page.blog.questions) : question;
      views = [];
      if (!dialog.open) dialog.showModal();
      push(wanted ? { question: wanted } : {});
      if (wanted) opened(wanted);
      if (wantsToAsk) box.focus();
    },
    destroy() {
      entry.leave(true); // At once: the next widget may open before this one's dialog has told that it is closed.
      dialog.close();
      entry.destroy();
      unmark();
      host.replaceWith();
    },
  };
}

/** @type {any} */ (globalThis).AutoBlogQuestionInjector.parts.drawer = createDrawer;
