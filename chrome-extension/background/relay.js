/**
 * Carries the widget's requests out of a page: one port, one request. The page's part is not trusted, so everything it
 * sends is checked here, and the publisher's key is added here.
 *
 * @typedef {import('../common/messages.js').RelayReply} RelayReply
 */

import { performRequest, RequestFailed } from './api_request.js';
import { bounded, recordError } from '../common/tab_log.js';
import { isComplete, loadSettings } from '../common/settings.js';

const METHODS = ['GET', 'POST'];
const HEADERS = ['accept', 'accept-language', 'content-type', 'if-none-match'];
const MAX_URL = 8192;
const MAX_BODY = 64 * 1024;
const SLICE_BYTES = 32 * 1024;
const STAY_AWAKE_MS = 20_000;

/** @param {chrome.runtime.Port} port */
export function relay(port) {
  const tabId = port.sender?.tab?.id ?? null;
  const left = new AbortController();
  let begun = false;
  let keepalive = false;
  port.onDisconnect.addListener(() => {
    if (!keepalive) left.abort();
  });
  port.onMessage.addListener((message) => {
    if (message?.type === 'abort') left.abort();
    if (begun || message?.type !== 'request') return;
    begun = true;
    keepalive = message.keepalive === true;
    void carry(port, tabId, message, left.signal);
  });
}

/**
 * @param {chrome.runtime.Port} port
 * @param {number | null} tabId
 * @param {unknown} message
 * @param {AbortSignal} signal
 */
async function carry(port, tabId, message, signal) {
  const reply = replier(port);
  const awake = stayAwake();
  try {
    const settings = await loadSettings();
    if (!isComplete(settings)) throw new RequestFailed('No BlogQA server is set in the extension.');
    await performRequest(settings, { ...(await checked(message, tabId)), signal }, receiver(reply));
    reply({ type: 'end' });
  } catch (error) {
    if (!(error instanceof RequestFailed)) console.error('BlogQA: a request could not be carried', error);
    reply({ type: 'failure', message: error instanceof RequestFailed ? error.message : 'The extension failed.' });
  } finally {
    awake();
  }
}

/**
 * @param {unknown} message
 * @param {number | null} tabId
 * @returns {Promise<import('./api_request.js').ApiRequest>}
 * @throws {RequestFailed} The page asks for more than a widget needs.
 */
async function checked(message, tabId) {
  const { url, method, headers, body, keepalive } = /** @type {Record<string, unknown>} */ (message);
  const wrong =
    (typeof url !== 'string' || url.length > MAX_URL) ? 'its address'
    : !METHODS.includes(String(method)) ? `its method ${bounded(method)}`
    : !(body === null || (typeof body === 'string' && body.length <= MAX_BODY)) ? 'its body'
    : !Array.isArray(headers) ? 'its headers'
    : '';
  if (wrong) {
    const refusal = `Refused: a request of the page is not one of the widget’s, because of ${wrong}.`;
    if (tabId !== null) await recordError(tabId, refusal);
    throw new RequestFailed(refusal);
  }
  const pairs = /** @type {unknown[]} */ (headers).filter((pair) => Array.isArray(pair)).map(([name, value]) => [
    String(name).toLowerCase(),
    String(value),
  ]);
  return {
    tabId,
    by: 'page',
    url: String(url),
    method: String(method),
    headers: Object.fromEntries(pairs.filter(([name = '']) => HEADERS.includes(name))),
    body: /** @type {string | null} */ (body),
    keepalive: keepalive === true,
  };
}

/**
 * @param {chrome.runtime.Port} port
 * @returns {(reply: RelayReply) => void} Does nothing once the page has gone.
 */
function replier(port) {
  let open = true;
  port.onDisconnect.addListener(() => {
    open = false;
  });
  return (reply) => {
    if (open) port.postMessage(reply);
  };
}

/**
 * @param {(reply: RelayReply) => void} reply
 * @returns {import('./api_request.js').Receiver}
 */
function receiver(reply) {
  return {
    head: ({ status, statusText, headers }) => reply({ type: 'head', status, statusText, headers: [...headers] }),
    chunk: (bytes) => {
      // Ports carry JSON, and one call cannot take an unlimited number of arguments.
      for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
        const slice = bytes.subarray(start, start + SLICE_BYTES);
        reply({ type: 'chunk', base64: btoa(String.fromCharCode(...slice)) });
      }
    },
  };
}

/**
 * A service worker that only waits for an answer counts as idle after 30 seconds; a call of the extension's API starts
 * that time anew (Chrome for Developers, "The extension service worker lifecycle").
 *
 * @returns {() => void} To be called when the answer is there.
 */
function stayAwake() {
  const timer = setInterval(() => void chrome.runtime.getPlatformInfo(), STAY_AWAKE_MS);
  return () => {
    clearInterval(timer);
  };
}
