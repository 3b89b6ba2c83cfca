/** The side panel: what the widget of the current tab does, and the processing of its page. */

import { send } from '../common/messages.js';
import { element, isShown, say, subject, tabInAddress } from '../common/page.js';
import { loadSettings } from '../common/settings.js';
import { logKey, readLog } from '../common/tab_log.js';
import { eventRow, FINAL_STATES, jobRow, requestRow, showList } from './entries.js';

const POLL_MS = 1000;
const MAX_POLL_MS = 15_000;

const address = element('address', HTMLInputElement);
const status = element('status', HTMLElement);

/** @type {chrome.tabs.Tab | null} */
let tab = null;
let log = await readLog(-1);
let pollMs = POLL_MS;
/** Which change of tab is the latest: an answer about an earlier one comes too late. */
let turn = 0;

element('enqueue', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void enqueue();
});
element('export', HTMLButtonElement).addEventListener('click', () => void exportLog());
element('clear', HTMLButtonElement).addEventListener('click', () => void clear());
element('settings', HTMLButtonElement).addEventListener('click', () => {
  const query = tab?.id === undefined ? '' : `?tab=${tab.id}`;
  void chrome.tabs.create({ url: chrome.runtime.getURL(`popup/popup.html${query}`) });
});
chrome.tabs.onActivated.addListener(() => tabInAddress() === null && void turnTo());
chrome.tabs.onUpdated.addListener((tabId) => tabId === tab?.id && void turnTo());
chrome.storage.session.onChanged.addListener((changes) => {
  if (tab?.id !== undefined && changes[logKey(tab.id)]) void refresh();
});
await turnTo();
document.body.dataset['ready'] = 'true';
void poll();

/** Shows the tab that is in front now, or the one that this page was opened for. */
async function turnTo() {
  turn += 1;
  const mine = turn;
  const found = await subject();
  if (mine !== turn) return;
  const isOther = found?.id !== tab?.id;
  const hasMoved = found?.url !== tab?.url;
  tab = found;
  if (isOther) say(status, { ok: true, message: '' });
  if (isOther || hasMoved) address.value = pageOf(tab?.url ?? '');
  await refresh();
}

async function refresh() {
  const tabId = tab?.id;
  if (tabId === undefined) return;
  const read = await readLog(tabId);
  const shown = await isShown(tabId);
  if (tabId !== tab?.id) return;
  log = read;
  render(shown);
}

/** @param {boolean} shown */
function render(shown) {
  const requests = log.entries.filter((entry) => entry.kind === 'request');
  const events = log.entries.filter((entry) => entry.kind !== 'request');
  showList(element('requests', HTMLElement), requests, (entry) => entry.id, requestRow);
  showList(element('events', HTMLElement), events, (entry) => entry.id, eventRow);
  showList(element('jobs', HTMLElement), log.jobs, (job) => job.jobId, jobRow);
  element('no-requests', HTMLElement).hidden = requests.length > 0;
  element('no-events', HTMLElement).hidden = events.length > 0;
  const last = events.findLast((entry) => entry.kind === 'event');
  const state = widgetState(shown);
  element('widget-state', HTMLElement).textContent = last && shown ? `${state} · last event ${last.name}` : state;
  element('widget-address', HTMLElement).textContent = shown ? (log.widget?.url ?? '') : '';
  if (!address.value && log.widget && shown) address.value = pageOf(log.widget.url);
}

/**
 * @param {string} url
 * @returns {string} The address without its fragment, where the widget notes the open question; "" if not of a site.
 */
function pageOf(url) {
  return /^https?:/.test(url) ? url.replace(/#.*/s, '') : '';
}

/**
 * The page is asked whether the widget is in it: a page that was left could not say so any more.
 *
 * @param {boolean} shown
 */
function widgetState(shown) {
  const known = log.widget?.state;
  if (shown) return known === 'running' ? 'running' : known === 'empty' ? 'in this page, without questions' : 'starting';
  return known === 'failed' ? 'failed' : 'not in this page';
}

async function enqueue() {
  if (tab?.id === undefined) return;
  const url = address.value.trim();
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    say(status, { ok: false, message: 'Enter the address of a page, beginning with http:// or https://.' });
    address.focus();
    return;
  }
  say(status, { ok: true, message: 'Enqueueing …' });
  say(status, await send({ type: 'enqueue', tabId: tab.id, url }));
  pollMs = POLL_MS;
}

/**
 * Asks for the state of unfinished jobs. The panel keeps the time, not the service worker, which may stop in between;
 * a job that was under way when the panel was closed is followed again when it opens.
 */
async function poll() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    const tabId = tab?.id;
    if (tabId === undefined) continue;
    const unfinished = log.jobs.filter((job) => !FINAL_STATES.includes(job.state));
    for (const { jobId } of unfinished) {
      const outcome = await send({ type: 'follow', tabId, jobId });
      // A server that is down is asked less and less often; one that answers again, as often as before.
      pollMs = outcome.ok ? POLL_MS : Math.min(pollMs * 2, MAX_POLL_MS);
      if (tabId === tab?.id && !outcome.ok) say(status, outcome);
      else if (tabId === tab?.id && status.classList.contains('bad')) say(status, outcome);
    }
  }
}

async function clear() {
  if (tab?.id !== undefined) say(status, await send({ type: 'clear', tabId: tab.id }));
}

async function exportLog() {
  const { apiKey, ...settings } = await loadSettings();
  const exported = {
    exported_at: new Date().toISOString(),
    extension: chrome.runtime.getManifest().version,
    browser: navigator.userAgent,
    page: tab?.url ?? log.widget?.url ?? null,
    settings,
    widget: log.widget,
    requests: log.entries.filter((entry) => entry.kind === 'request'),
    events: log.entries.filter((entry) => entry.kind !== 'request'),
    jobs: log.jobs,
  };
  let text = JSON.stringify(exported, null, 2);
  // A page or a server may have repeated the key in what it says.
  if (apiKey) text = text.replaceAll(apiKey, '[key]');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = `blogqa-${exported.exported_at.replace(/[:.]/g, '-')}.json`;
  link.click();
  // The download has begun by then; until then the blob is needed.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
