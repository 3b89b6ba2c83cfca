/** Putting the widget into pages and taking it out again. */

import { originPattern } from '../common/settings.js';
import { loadSites } from '../common/sites.js';

const FILES = [
  'widget/auto-blog-question-injector.js',
  'widget/auto-blog-question-cards.js',
  'widget/auto-blog-question-drawer.js',
  'content/widget_host.js',
];

/**
 * Shows the widget in a tab with the settings of now; one that is shown already is made anew.
 *
 * @param {number} tabId
 * @returns {Promise<import('../common/messages.js').Outcome>}
 */
export async function show(tabId) {
  if (await tell(tabId, 'show')) return { ok: true, message: 'The widget has been started again on this page.' };
  try {
    await chrome.scripting.executeScript({ target: { tabId }, files: FILES });
  } catch (error) {
    return { ok: false, message: refusal(error) };
  }
  return { ok: true, message: 'The widget has been started on this page.' };
}

/**
 * @param {number} tabId
 * @returns {Promise<import('../common/messages.js').Outcome>}
 */
export async function hide(tabId) {
  await tell(tabId, 'hide');
  return { ok: true, message: 'The widget has been removed from this page.' };
}

/** @type {Promise<void>} */
let arranged = Promise.resolve();

/**
 * Makes the scripts that Chrome runs by itself those of the chosen sites, as far as Chrome allows them. One at a time:
 * Chrome's granting a permission and the popup's switch come together, and a script can be registered only once.
 *
 * @returns {Promise<void>}
 */
export function arrangeSites() {
  arranged = arranged.catch(() => undefined).then(arrange);
  return arranged;
}

async function arrange() {
  const chosen = await loadSites();
  const allowed = await Promise.all(
    chosen.map((site) => chrome.permissions.contains({ origins: [originPattern(site)] })),
  );
  const sites = chosen.filter((_, place) => allowed[place]);
  const registered = (await chrome.scripting.getRegisteredContentScripts()).map((script) => script.id);
  const surplus = registered.filter((id) => !sites.includes(id));
  if (surplus.length) await chrome.scripting.unregisterContentScripts({ ids: surplus });
  const missing = sites.filter((site) => !registered.includes(site));
  if (!missing.length) return;
  await chrome.scripting.registerContentScripts(
    missing.map((site) => ({ id: site, matches: [originPattern(site)], js: FILES, runAt: 'document_idle' })),
  );
}

/**
 * @param {number} tabId
 * @param {'show' | 'hide'} type
 * @returns {Promise<boolean>} Whether the widget's host is in the page.
 */
async function tell(tabId, type) {
  try {
    return (await chrome.tabs.sendMessage(tabId, { type })) === true;
  } catch {
    return false; // Chrome's way of saying that nobody listens there.
  }
}

/** @param {unknown} error */
function refusal(error) {
  const reason = error instanceof Error ? error.message : String(error);
  if (/could not load/i.test(reason)) {
    return 'The widget’s files are missing from the extension’s folder widget/. Build them in ui-js/.';
  }
  return `Chrome does not let the extension into this page: ${reason}`;
}
