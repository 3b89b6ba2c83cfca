/**
 * What the parts say to each other.
 *
 * A page's part (`content/widget_host.js`) is not trusted: it may only send what {@link PageMessage} and
 * {@link RelayRequest} allow. The popup and the panel are the extension's own pages and may send {@link Command}.
 *
 * @typedef {object} WidgetConfig
 * @property {string} apiBaseUrl
 * @property {number | string} placement
 * @property {number} [count]
 * @property {string} [theme]
 * @property {string} [language]
 * @property {boolean} debugMode
 *
 * @typedef {'starting' | 'running' | 'empty' | 'removed' | 'failed'} WidgetState
 *
 * @typedef {{type: 'configuration'}
 *   | {type: 'widget', state: WidgetState, url: string, message?: string}
 *   | {type: 'event', name: string, detail: string}
 *   | {type: 'lost'}} PageMessage
 *
 * @typedef {{type: 'show', tabId: number}
 *   | {type: 'hide', tabId: number}
 *   | {type: 'test', tabId: number | null, url: string}
 *   | {type: 'sites'}
 *   | {type: 'enqueue', tabId: number, url: string}
 *   | {type: 'follow', tabId: number, jobId: string}
 *   | {type: 'clear', tabId: number}} Command
 *
 * @typedef {{ok: boolean, message: string}} Outcome A sentence for the person who gave the command.
 *
 * @typedef {object} RelayRequest One request of the widget, sent over a port of its own.
 * @property {'request'} type
 * @property {string} url
 * @property {string} method
 * @property {[string, string][]} headers
 * @property {string | null} body
 * @property {boolean} keepalive Whether the request outlives the page.
 *
 * @typedef {{type: 'head', status: number, statusText: string, headers: [string, string][]}
 *   | {type: 'chunk', base64: string}
 *   | {type: 'end'}
 *   | {type: 'failure', message: string}} RelayReply
 */

/** Name of the port that carries one request. */
export const RELAY_PORT = 'blogqa-request';

/**
 * Gives the service worker a command. It may be stopped at any moment; the answer is then a sentence that says so.
 *
 * @param {Command} command
 * @returns {Promise<Outcome>}
 */
export async function send(command) {
  try {
    return (await chrome.runtime.sendMessage(command)) ?? { ok: false, message: STOPPED };
  } catch {
    return { ok: false, message: STOPPED };
  }
}

/** What is said of work that ended with the service worker. */
export const STOPPED = 'The browser stopped the extension’s service worker in the middle of this. Try again.';
