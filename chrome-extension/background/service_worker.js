/**
 * The extension's centre. Chrome stops it whenever it is idle and may stop it at any moment, so nothing is kept in its
 * memory that somebody would miss: settings are in `chrome.storage.local`, logs in `chrome.storage.session`, and every
 * listener is added while this module is evaluated.
 */

import { arrangeSites, hide, show } from './injection.js';
import { relay } from './relay.js';
import { enqueue, follow, testConnection } from './server_calls.js';
import { RELAY_PORT, STOPPED } from '../common/messages.js';
import { isComplete, loadSettings, widgetConfig } from '../common/settings.js';
import { clearLog, forgetTab, recordError, recordEvent, recordWidget, settleLost } from '../common/tab_log.js';

const WIDGET_STATES = ['starting', 'running', 'empty', 'removed', 'failed'];

// Pages' scripts of this extension could read it otherwise, and with it the key.
const guarded = chrome.storage.local.setAccessLevel({ accessLevel: 'TRUSTED_CONTEXTS' });
// Whatever is pending now belongs to an earlier life of this worker. Changes of the log wait until this is done.
void settleLost(STOPPED);

chrome.runtime.onConnect.addListener((port) => {
  if (port.name === RELAY_PORT && port.sender?.id === chrome.runtime.id) relay(port);
});

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  if (sender.id !== chrome.runtime.id || typeof message?.type !== 'string') return false;
  const answer = isOwnPage(sender) ? obey(message) : listen(message, sender.tab?.id);
  answer.then(reply, (error) => {
    console.error('BlogQA: a message could not be handled', error);
    reply({ ok: false, message: 'The extension failed; its console says why.' });
  });
  return true; // The answer comes later.
});

chrome.runtime.onInstalled.addListener(() => void arrangeSites());
chrome.runtime.onStartup.addListener(() => void arrangeSites());
chrome.permissions.onAdded.addListener(() => void arrangeSites());
chrome.permissions.onRemoved.addListener(() => void arrangeSites());
chrome.tabs.onRemoved.addListener((tabId) => void forgetTab(tabId));

/**
 * @param {chrome.runtime.MessageSender} sender
 * @returns {boolean} Whether it is the popup or the panel; scripts in pages have the page's origin.
 */
function isOwnPage(sender) {
  return sender.origin === location.origin && sender.url?.startsWith(`${location.origin}/`) === true;
}

/**
 * @param {import('../common/messages.js').Command} command
 * @returns {Promise<import('../common/messages.js').Outcome>}
 */
async function obey(command) {
  switch (command.type) {
    case 'show':
      return show(command.tabId);
    case 'hide':
      return hide(command.tabId);
    case 'test':
      return testConnection(command.tabId, command.url);
    case 'enqueue':
      return enqueue(command.tabId, command.url);
    case 'follow':
      return follow(command.tabId, command.jobId);
    case 'sites':
      await arrangeSites();
      return { ok: true, message: '' };
    case 'clear':
      await clearLog(command.tabId);
      return { ok: true, message: 'The log of this tab is empty.' };
    default:
      return { ok: false, message: 'This command is not known.' };
  }
}

/**
 * @param {import('../common/messages.js').PageMessage} message From a page: its form is checked, its content is text.
 * @param {number | undefined} tabId
 * @returns {Promise<unknown>}
 */
async function listen(message, tabId) {
  if (tabId === undefined) return null;
  switch (message.type) {
    case 'configuration': {
      await guarded;
      const settings = await loadSettings();
      return isComplete(settings) ? widgetConfig(settings) : null;
    }
    case 'widget':
      if (!WIDGET_STATES.includes(message.state)) return null;
      await recordWidget(tabId, message.state, message.url);
      if (message.message) await recordError(tabId, message.message);
      return null;
    case 'event':
      return recordEvent(tabId, message.name, message.detail);
    default:
      return null; // "lost" only wakes this worker, which then settles what was pending.
  }
}
