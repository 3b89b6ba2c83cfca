/**
 * Runs the widget in a page, in the extension's isolated world: the page's content security policy does not apply to
 * it, and the page's scripts reach neither its code nor the key; what it shows they can read and click, as anywhere. The
 * widget's files have been run before this one.
 *
 * A classic script, because Chrome runs content scripts as such.
 */
(() => {
  /**
   * @typedef {import('../common/messages.js').PageMessage} PageMessage
   * @typedef {import('../common/messages.js').RelayReply} RelayReply
   * @typedef {{init(url?: string): Promise<boolean>, destroy(): void}} Widget
   * @typedef {{AutoBlogQuestionInjector?: new (config: object) => Widget, blogqaHost?: true}} Globals
   */

  const EVENTS = ['ready', 'shown', 'opened', 'asked', 'cited', 'error'];
  const MAX_DETAIL = 600;
  const STOPPED = 'The extension was stopped or reloaded in the middle of this request.';
  // The widget wants a key; the real one is added outside the page.
  const KEY_STANDS_ELSEWHERE = 'pub_kept-by-the-extension';

  const world = /** @type {typeof globalThis & Globals} */ (globalThis);
  if (world.blogqaHost) return;
  world.blogqaHost = true;

  /** @type {Widget | null} */
  let widget = null;
  /** Counts what was begun and ended, so that what is late notices. */
  let turn = 0;

  chrome.runtime.onMessage.addListener((message, sender, reply) => {
    if (sender.id !== chrome.runtime.id) return;
    if (message?.type === 'show') void start();
    else if (message?.type === 'hide') stop();
    else if (message?.type !== 'state') return;
    reply(message.type === 'state' ? widget !== null : true);
  });
  for (const name of EVENTS) document.addEventListener(`blogqa:${name}`, heard);
  // A page that is left takes its widget along; one that comes back from the browser's cache brings it back.
  window.addEventListener('pagehide', () => widget && report('removed'));
  window.addEventListener('pageshow', (event) => event.persisted && widget && report('running'));
  void start();

  async function start() {
    stop();
    const mine = ++turn;
    report('starting');
    try {
      const config = await chrome.runtime.sendMessage({ type: 'configuration' });
      if (mine !== turn) return undefined; // Hidden, or started again, meanwhile.
      if (!config) return report('failed', 'No BlogQA server is set in the extension.');
      const Injector = world.AutoBlogQuestionInjector;
      if (!Injector) return report('failed', 'The widget’s files did not define AutoBlogQuestionInjector.');
      const shown = new Injector({ ...config, apiKey: KEY_STANDS_ELSEWHERE, fetch: relayedFetch });
      widget = shown;
      const found = await shown.init();
      if (widget === shown) report(found ? 'running' : 'empty');
    } catch (error) {
      report('failed', `The widget could not be started: ${error instanceof Error ? error.message : error}`);
    }
  }

  function stop() {
    turn++;
    if (!widget) return;
    const old = widget;
    widget = null;
    try {
      old.destroy();
      report('removed');
    } catch (error) {
      report('failed', `The widget could not be removed: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** @param {Event} event */
  function heard(event) {
    if (!widget) return;
    const detail = /** @type {CustomEvent} */ (event).detail;
    if (event.type === 'blogqa:ready') report('running'); // Also after a page has changed its address.
    tell({ type: 'event', name: event.type, detail: detail === null ? '' : described(detail) });
  }

  /** @param {unknown} detail */
  function described(detail) {
    try {
      return (JSON.stringify(detail) ?? String(detail)).slice(0, MAX_DETAIL);
    } catch {
      return 'could not be written down';
    }
  }

  /**
   * @param {import('../common/messages.js').WidgetState} state
   * @param {string} [message]
   */
  function report(state, message) {
    tell({ type: 'widget', state, url: location.href, ...(message && { message }) });
  }

  /** @param {PageMessage} message */
  function tell(message) {
    try {
      chrome.runtime.sendMessage(message).catch(() => undefined);
    } catch {
      // The extension has been reloaded or removed: there is nobody to tell.
    }
  }

  /**
   * `fetch` through the service worker: neither the page's policy nor CORS applies there.
   *
   * @param {string | URL | Request} resource
   * @param {RequestInit} [init]
   * @returns {Promise<Response>}
   */
  function relayedFetch(resource, init = {}) {
    const { signal } = init;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (init.body !== undefined && init.body !== null && typeof init.body !== 'string') {
      return Promise.reject(new TypeError('the extension carries only text as the body of a request'));
    }
    const { promise, resolve, reject } = withResolvers();
    /** @type {chrome.runtime.Port} */
    let port;
    try {
      port = chrome.runtime.connect({ name: 'blogqa-request' });
    } catch {
      return Promise.reject(new TypeError(STOPPED)); // This script has outlived its extension.
    }
    const answer = receiver(resolve, reject, () => port.disconnect());
    const abort = () => {
      answer.fail(signal?.reason);
      post(port, { type: 'abort' });
      port.disconnect();
    };
    signal?.addEventListener('abort', abort, { once: true });
    port.onMessage.addListener((/** @type {RelayReply} */ reply) => {
      if (!answer.take(reply)) return;
      signal?.removeEventListener('abort', abort);
      port.disconnect();
    });
    port.onDisconnect.addListener(() => {
      signal?.removeEventListener('abort', abort);
      answer.fail(new TypeError(STOPPED));
      tell({ type: 'lost' });
    });
    post(port, {
      type: 'request',
      url: String(resource instanceof Request ? resource.url : resource),
      method: (init.method ?? 'GET').toUpperCase(),
      headers: [...new Headers(init.headers)],
      body: init.body ?? null,
      keepalive: init.keepalive === true,
    });
    return promise;
  }

  /** @returns {{promise: Promise<Response>, resolve: (value: Response) => void, reject: (reason: unknown) => void}} */
  function withResolvers() {
    /** @type {any} */
    const parts = {};
    parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
  }

  /**
   * @param {chrome.runtime.Port} port
   * @param {object} message
   */
  function post(port, message) {
    try {
      port.postMessage(message);
    } catch {
      // It has just been disconnected, and says so by its own event.
    }
  }

  /**
   * Makes a Response of what comes over the port.
   *
   * @param {(response: Response) => void} resolve
   * @param {(reason: unknown) => void} reject
   * @param {() => void} cancel Called when the reader of the body does not want the rest.
   */
  function receiver(resolve, reject, cancel) {
    /** @type {ReadableStreamDefaultController<Uint8Array> | null} */
    let body = null;
    let over = false;
    const stream = new ReadableStream({
      start: (controller) => {
        body = controller;
      },
      cancel: () => {
        over = true;
        cancel();
      },
    });
    /** @param {unknown} reason */
    function fail(reason) {
      if (over) return;
      over = true;
      reject(reason); // Has no effect when the answer's head has been handed out; then its body breaks off.
      body?.error(reason);
    }
    /**
     * @param {RelayReply} reply
     * @returns {boolean} Whether it was the last.
     */
    function take(reply) {
      if (over) return true;
      if (reply.type === 'head') {
        const { status, statusText, headers } = reply;
        const isEmpty = [204, 205, 304].includes(status); // A Response with such a status must not have a body.
        resolve(new Response(isEmpty ? null : stream, { status, statusText, headers }));
      } else if (reply.type === 'chunk') {
        body?.enqueue(Uint8Array.from(atob(reply.base64), (letter) => letter.charCodeAt(0)));
      } else if (reply.type === 'end') {
        over = true;
        body?.close();
      } else {
        fail(new TypeError(reply.message));
      }
      return over;
    }
    return { take, fail };
  }
})();
