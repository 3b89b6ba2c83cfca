/** @import {Drawer, Handlers, Options, Page, Question} from '../types.js' */
import { createClient, loadBlog } from './client.js';
import { readOptions } from './options.js';

const FOLLOW_MS = 1000;
const SIGNS = ['scroll', 'pointermove', 'pointerdown', 'keydown', 'focusin'];

/** @type {any} */
const global = globalThis;
const current = document.currentScript;
/** Not whatever is called so: an `<img name="currentScript">` in a comment would say where files are loaded from. */
const script = /** @type {HTMLScriptElement | null} */ (
  !current || current instanceof HTMLScriptElement ? current : document.querySelector('script[src*=auto-blog-question]')
);
const address = () => location.href.split('#')[0];

/** One blog's questions in one page. */
class AutoBlogQuestionInjector {
  static version = VERSION;

  /** @type {AutoBlogQuestionInjector | undefined} The page's own. */
  static instance;

  /** What the other files put here as they are loaded. */
  /** @type {{cards?: (page: Page, handlers: Handlers) => () => void, drawer?: (page: Page) => Drawer}} */
  static parts = {};

  /**
   * Shows the page's own questions as soon as the page has been read; a second call changes nothing.
   *
   * @param {Partial<Options>} [config] What is left out is taken from the script tag's `data-` attributes.
   */
  static autoInit(config) {
    if (!this.instance) {
      const { src, dataset } = script || { src: '', dataset: /** @type {DOMStringMap} */ ({}) };
      const instance = (this.instance = new this(config, { apiBaseUrl: dataset.apiBase || new URL(src || location.href).origin, ...dataset }));
      if (document.readyState == 'loading') addEventListener('DOMContentLoaded', () => instance.init());
      else instance.init();
    }
    return this.instance;
  }

  /** @type {(() => void)[]} What there is to take back. */
  #undo = [];
  /** @type {Page | undefined} */
  #page;
  /** @type {Drawer | undefined} */
  #drawer;

  /**
   * @param {Partial<Options>} [config]
   * @param {DOMStringMap} [dataset] The same as text.
   */
  constructor(config, dataset = {}) {
    this.options = readOptions(config, dataset);
  }

  /**
   * Shows the questions of a blog, and follows a page that changes its address without being loaded anew.
   *
   * @param {string} [url] Of the blog, if it is not the page's own.
   * @returns {Promise<boolean>} Whether there are questions. Never rejects.
   */
  async init(url) {
    this.destroy();
    const { options } = this;
    const undo = this.#undo;
    const at = address();
    if (!options.apiKey || !options.apiBaseUrl) return false;
    const timer = setInterval(() => address() != at && this.init(), FOLLOW_MS);
    undo.push(() => clearInterval(timer));
    try {
      // The one character that a query may hold and JSON may not.
      url = new URL(url || at, at).href.replace(/\\/g, '%5C');
      const request = createClient(options);
      const blog = await loadBlog(request, url, () => !undo[0]);
      if (!blog?.questions[0] || !undo[0]) return false;
      this.#page = { options, url, blog, request, emit: this.#emit, report: this.#report };
      this.#emit('ready', { questions: blog.questions.length });
      if (options.placement != 'none') this.#place(undo);
      if (/^#bqa=/.test(location.hash)) this.open();
      return true;
    } catch (error) {
      if (undo[0]) this.#fail(error);
      return false;
    }
  }

  /** Takes everything away again. */
  destroy() {
    this.#undo.splice(0).forEach((undo) => undo());
    this.#undo = [];
    this.#drawer?.destroy();
    this.#drawer = this.#page = undefined;
  }

  /**
   * Opens the drawer.
   *
   * @param {Question | null} [question] Without one, that of the address, or the list of all.
   * @param {boolean} [asking] With the focus in the ask box.
   */
  open = async (question, asking) => {
    try {
      (await this.#preload())?.open(question, asking);
    } catch (error) {
      this.#fail(error);
    }
  };

  /** Loads the cards at the first sign of life: most visitors never scroll, and pay for nothing. */
  #place(/** @type {(() => void)[]} */ undo) {
    const signs = new AbortController();
    undo.push(() => signs.abort());
    const place = async () => {
      signs.abort();
      try {
        await this.#load('cards', CARDS);
        const preload = () => this.#preload().catch(() => {});
        if (undo[0]) undo.push(/** @type {any} */ (AutoBlogQuestionInjector.parts).cards(this.#page, { open: this.open, preload }));
      } catch (error) {
        this.#fail(error);
      }
    };
    SIGNS.forEach((sign) => addEventListener(sign, place, { capture: true, passive: true, signal: signs.signal }));
    if (scrollY) place();
  }

  async #preload() {
    const page = this.#page;
    await this.#load('drawer', DRAWER);
    if (page && page == this.#page) this.#drawer ||= /** @type {any} */ (AutoBlogQuestionInjector.parts).drawer(page);
    return this.#drawer;
  }

  /** @type {(part: 'cards' | 'drawer', file: string) => Promise<void>} */
  async #load(part, file) {
    if (!AutoBlogQuestionInjector.parts[part]) await import(new URL(file, script?.src || location.href).href);
  }

  /** @type {Page['emit']} */
  #emit = (name, detail) => {
    if (this.options.debugMode) console.log('BlogQA', name, detail);
    document.dispatchEvent(new CustomEvent('blogqa:' + name, { detail }));
  };

  /** @type {Page['report']} */
  #report = (type, ...ids) => {
    const { globalPrivacyControl, doNotTrack } = /** @type {any} */ (navigator);
    const page = this.#page;
    if (!page || globalPrivacyControl || doNotTrack == 1) return;
    // Not JSON.stringify: old libraries put a toJSON on all strings and arrays. An address and an id hold no quotes.
    const events = (ids[0] ? ids : ['']).map((id) => `{"type":"${type}","question_id":${id ? `"${id}"` : null}}`);
    const body = `{"blog_url":"${page.url}","events":[${events}]}`;
    page.request('events', { method: 'POST', body, keepalive: true }).catch(() => {});
  };

  /** @param {any} error */
  #fail(error) {
    const message = String(error?.message || error);
    console.debug('BlogQA: ' + message);
    this.#emit('error', { message });
  }
}

if (!global.AutoBlogQuestionInjector) {
  global.AutoBlogQuestionInjector = AutoBlogQuestionInjector;
  if (script?.dataset.apiKey) AutoBlogQuestionInjector.autoInit();
}
