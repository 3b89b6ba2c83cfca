/** @import {Handlers, Page} from '../types.js' */
import { findArticle } from '../article.js';
import { renderFloat, renderGroup } from './group.js';
import { chooseSpots } from './placing.js';
import { watchSeen } from './seen.js';

const CHECK_MS = 1000;
const LOST_TIMES = 3;

/**
 * Puts the cards into the page, and again when the page has thrown them away.
 *
 * @param {Page} page
 * @param {Handlers} handlers
 * @returns {() => void} Takes them away.
 */
function showCards(page, handlers) {
  /** @type {(() => void)[]} */
  const undo = [];
  /** @type {HTMLElement[]} */
  let hosts = [];
  const show = () => {
    const spots = chooseSpots(page.options, page.blog.questions);
    hosts = spots.map(({ insert, questions }) => {
      const last = questions.at(-1) == spots.at(-1)?.questions.at(-1);
      const host = questions[0] ? renderGroup(questions, page, handlers, last) : renderFloat(page, handlers);
      insert(host);
      // Not remove(): Prototype.js has one that fails on what the page has already taken away.
      undo.push(watchSeen(host, questions, page), () => host.replaceWith());
      return host;
    });
  };
  const hide = () => undo.splice(0).forEach((take) => take());
  let lost = 0;
  // An application's article may come after the questions: a floating button gives way to it.
  let patience = 10;
  let article = findArticle(page.options.article);
  const timer = setInterval(() => {
    const isLate = hosts[0]?.dataset.blogqa && --patience > 0 && article != (article = findArticle(page.options.article));
    if (!isLate && hosts.every((host) => host.isConnected)) return;
    hide();
    if (!isLate && ++lost > LOST_TIMES) clearInterval(timer);
    else show();
  }, CHECK_MS);
  show();
  return () => {
    clearInterval(timer);
    hide();
  };
}

/** @type {any} */ (globalThis).AutoBlogQuestionInjector.parts.cards = showCards;
